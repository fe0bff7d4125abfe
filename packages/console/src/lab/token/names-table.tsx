import { NAMES } from "./meaning.ts";

/** The lesson’s names beside ours. */
export function NamesTable() {
  return (
    // A table that is wider than the window is scrolled, by keys as well.
    // oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex
    <section className="scroll" aria-label="The lesson’s names and ours" tabIndex={0}>
      <table>
        <thead>
          <tr>
            <th scope="col">The lesson</th>
            <th scope="col">Here</th>
            <th scope="col">Why</th>
          </tr>
        </thead>
        <tbody>
          {NAMES.map(([lesson, ours, why]) => (
            <tr key={lesson}>
              <td>
                <code>{lesson}</code>
              </td>
              <td>
                <code>{ours}</code>
              </td>
              <td>{why}</td>
            </tr>
          ))}
        </tbody>
      </table>
    </section>
  );
}
