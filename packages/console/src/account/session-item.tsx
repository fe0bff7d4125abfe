import type { ListedSession } from "@counterfoil/client";
import { useEffect, useRef } from "react";
import { Button } from "../ui/button.tsx";
import { hourText } from "../ui/hour.ts";
import { Name } from "../ui/name.tsx";
import type { OwnSession } from "./own-sessions.ts";

export interface SessionItemProps {
  readonly own: OwnSession;
  readonly busy: boolean;
  readonly onEnd: () => void;
}

/** One sign-in of the user's. */
export function SessionItem({ own: { session, ended, isNew }, busy, onEnd }: SessionItemProps) {
  const ref = useRef<HTMLLIElement>(null);
  const pressed = useRef(false);
  useEffect(() => {
    // The button has gone, and who pressed it is not to be thrown back to the page's beginning.
    if (ended && pressed.current) ref.current?.focus();
  }, [ended]);
  const device = session.device ?? "An unknown device";
  return (
    <li ref={ref} tabIndex={-1} className={ended ? "session ended" : "session"}>
      <div>
        <h3>
          <Name>{device}</Name> {session.current && <span className="badge good">This one</span>}
          {isNew && !ended && <span className="badge">New</span>}
        </h3>
        <dl>
          <div>
            <dt>Signed in</dt>
            <dd>{instant(session.created_at)}</dd>
          </div>
          <div>
            <dt>Last seen, to the hour</dt>
            <dd>{hourText(session.last_active_at)}</dd>
          </div>
          <div>
            <dt>Travels as</dt>
            <dd>{transportOf(session)}</dd>
          </div>
        </dl>
      </div>
      <div className="end">
        {ended ? (
          <span className="badge bad">Ended</span>
        ) : (
          <Button
            busy={busy}
            aria-label={session.current ? "Sign out here" : `End ${device}, signed in ${instant(session.created_at)}`}
            onClick={() => {
              pressed.current = true;
              onEnd();
            }}
          >
            {session.current ? "Sign out here" : "End"}
          </Button>
        )}
      </div>
    </li>
  );
}

const FORMAT = new Intl.DateTimeFormat(undefined, { dateStyle: "medium", timeStyle: "short" });

/** @param seconds since the epoch */
function instant(seconds: number): string {
  return FORMAT.format(seconds * 1000);
}

function transportOf({ transport, remember }: ListedSession): string {
  if (transport === "bearer") return "tokens of an app";
  return remember ? "a cookie that the browser keeps" : "a cookie, until the browser closes";
}
