import { NAMES } from "./meaning.ts";

/** The lesson’s names beside ours. */
export function NamesTable() {
  return (
    <ul className="names">
      {NAMES.map(([lesson, ours, why]) => (
        <li key={lesson}>
          <span>
            The lesson: <code>{lesson}</code>
          </span>
          <span>
            Here: <code>{ours}</code>
          </span>
          <span className="quiet">{why}</span>
        </li>
      ))}
    </ul>
  );
}
