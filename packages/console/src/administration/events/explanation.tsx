import { AskedState } from "../asked/asked-state.tsx";
import { useAsked } from "../asked/use-asked.ts";
import { Instant, instantText } from "../page/instant.tsx";
import { SectionTitle } from "../page/section-title.tsx";
import { Name } from "../../ui/name.tsx";
import { linkTo } from "../page/place.ts";

/** What `GET /admin/events/explain/{id}` answers. */
interface Explained {
  readonly id: string;
  readonly session: {
    readonly sid: string;
    readonly subject: string;
    readonly username: string | null;
    readonly transport: string;
    readonly opened: number;
    readonly expires: number;
    readonly ended: number | null;
    readonly end_reason: string | null;
  } | null;
  readonly timeline: readonly {
    readonly at: number;
    readonly type: string;
    readonly what: string;
    readonly request_id: string | null;
    readonly remote_address: string | null;
    readonly user_agent: string | null;
    readonly actor: string | null;
  }[];
  readonly left_out: number;
}

/** What happened to a session, or to the one that a request was about. */
export function Explanation({ id }: { readonly id: string }) {
  const asked = useAsked<Explained>(`admin/events/explain/${encodeURIComponent(id)}`);
  const { value } = asked;
  return (
    <section aria-labelledby="explanation">
      <SectionTitle id="explanation">
        What happened: <Name>{id}</Name>
      </SectionTitle>
      <p>
        <a href={linkTo("events")}>All events</a>
      </p>
      <div className="notices">
        <AskedState {...asked} />
      </div>
      {value !== null && value.session !== null && <SessionSummary session={value.session} />}
      {value !== null && value.left_out > 0 && <p>{value.left_out} events of its middle are left out.</p>}
      <ol className="records">
        {value?.timeline.map((entry, index) => (
          // oxlint-disable-next-line react/no-array-index-key -- a timeline is only read
          <li key={index} aria-current={entry.request_id === id ? "true" : undefined}>
            <div>
              <Name>{entry.what}</Name> <span className="badge">{entry.type}</span>
              <p className="hint">
                <Instant at={entry.at} />
                {entry.actor !== null && ` · by ${entry.actor}`}
                {entry.remote_address !== null && ` · ${entry.remote_address}`}
                {entry.request_id !== null && ` · ${entry.request_id}`}
              </p>
              {entry.user_agent !== null && (
                <p className="hint">
                  <Name>{entry.user_agent}</Name>
                </p>
              )}
            </div>
          </li>
        ))}
      </ol>
    </section>
  );
}

function SessionSummary({ session }: { readonly session: NonNullable<Explained["session"]> }) {
  const { sid, username, subject, transport, opened, expires, ended, end_reason: reason } = session;
  const stands =
    ended === null
      ? `live, until ${instantText(expires)} at the latest`
      : `ended ${instantText(ended)}: ${reason ?? "for no reason that is known"}`;
  return (
    <p>
      Session <code>{sid}</code> of <Name>{username ?? subject}</Name>, by {transport}, opened {instantText(opened)}:{" "}
      {stands}.
    </p>
  );
}
