import { Instant } from "../page/instant.tsx";
import { Name } from "../../ui/name.tsx";
import { linkTo } from "../page/place.ts";
import type { LoggedEvent } from "./event.ts";

export function EventRecord({ event }: { readonly event: LoggedEvent }) {
  const { at, type, what, details, sub, sid, request_id: request, remote_address: address, actor } = event;
  const told = Object.keys(details).length > 0;
  return (
    <li>
      <div>
        <Name>{what}</Name> <span className="badge">{type}</span>
        <p className="hint">
          <Instant at={at} />
          {actor !== null && (
            <>
              {" "}
              · by <Name>{actor}</Name>
            </>
          )}
          {address !== null && ` · ${address}`}
          {event.user_agent !== null && (
            <>
              {" "}
              · <Name>{event.user_agent}</Name>
            </>
          )}
        </p>
        <p className="hint links">
          {sub !== null && (
            <a href={linkTo("events", { about: sub })}>
              <Name>{sub}</Name>
            </a>
          )}
          {sid !== null && <a href={linkTo("events", { explain: sid })}>{sid}</a>}
          {request !== null && <a href={linkTo("events", { explain: request })}>{request}</a>}
        </p>
        {told && (
          <p>
            <code>{JSON.stringify(details)}</code>
          </p>
        )}
      </div>
    </li>
  );
}
