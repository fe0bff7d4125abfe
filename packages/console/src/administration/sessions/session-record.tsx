import { Button } from "../../ui/button.tsx";
import { Instant } from "../page/instant.tsx";
import { hourText } from "../../ui/hour.ts";
import { Name } from "../../ui/name.tsx";
import { linkTo } from "../page/place.ts";
import type { Session } from "./session.ts";

export interface SessionRecordProps {
  readonly session: Session;
  readonly busy: boolean;
  readonly onEnd: () => void;
  readonly onSignOut: () => void;
}

export function SessionRecord({ session, busy, onEnd, onSignOut }: SessionRecordProps) {
  const { sid, sub, username, device, transport, remember, current } = session;
  const name = username ?? sub;
  return (
    <li>
      <div>
        <strong>
          <Name>{name}</Name>
        </strong>{" "}
        <span className="badge">{transport}</span>
        {remember && <span className="badge">remembered</span>}
        {current && <span className="badge good">this one</span>}
        <p>
          <Name>{device ?? "unknown device"}</Name>
        </p>
        <p className="hint">
          Since <Instant at={session.created_at} />, last seen{" "}
          <span className="instant">{hourText(session.last_active_at)}</span> (to the hour), until{" "}
          <Instant at={session.expires_at} /> at the latest
        </p>
        <p className="hint">
          <a href={linkTo("events", { explain: sid })}>{sid}</a>
        </p>
      </div>
      <div className="actions">
        <Button busy={busy} onClick={onEnd}>
          End<span className="unseen"> the session {sid}</span>
        </Button>
        <Button busy={busy} onClick={onSignOut}>
          End all of the user<span className="unseen"> {name}</span> …
        </Button>
      </div>
    </li>
  );
}
