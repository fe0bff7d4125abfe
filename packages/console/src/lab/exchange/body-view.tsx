import { LongText } from "./long-text.tsx";

/** A body: JSON member by member, anything else as it is. */
export function BodyView({ text }: { readonly text: string }) {
  const members = membersOf(text);
  if (members === null) return <LongText text={text} />;
  return (
    <dl className="members">
      {members.map(([name, value]) => (
        <div key={name}>
          <dt>
            <code>{name}</code>
          </dt>
          <dd>
            <LongText text={typeof value === "string" ? value : JSON.stringify(value)} />
          </dd>
        </div>
      ))}
    </dl>
  );
}

function membersOf(text: string): readonly (readonly [string, unknown])[] | null {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null && !Array.isArray(value) ? Object.entries(value) : null;
  } catch {
    return null;
  }
}
