import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { useEffect, useSyncExternalStore } from "react";
import { Button } from "../../ui/button.tsx";
import { Question } from "../question.tsx";
import { ACTION_GROUPS, SIGN_IN } from "./actions.ts";
import type { Action } from "./actions.ts";
import { DEVICE_NAMES } from "./device.ts";
import { DeviceCard } from "./device-card.tsx";
import { LabDevices } from "./lab-devices.ts";
import { LogEntry } from "./log-entry.tsx";
import type { LabStatus } from "./status.ts";
import "./devices.css";

/** One for the page: it goes on where it was when the visitor comes back from another part of the Lab. */
const lab = new LabDevices();
addEventListener("pagehide", () => lab.leave());
const POLL_MS = 300;

/** Two signed-in devices, and an API that checks their tokens by itself. */
export function DevicesPanel() {
  const { devices, status, away, log, running, now } = useSyncExternalStore(lab.subscribe, lab.snapshot);
  useEffect(poll, []);
  const button = (action: Action, look?: "main") => (
    <div className="action" key={action.title}>
      <Button
        look={look ?? "plain"}
        busy={running !== null}
        onClick={() => void lab.run(action.title, (report) => action.run(lab, report))}
      >
        {action.title}
      </Button>
      <p className="hint">{action.about}</p>
    </div>
  );
  return (
    <div className="devices">
      <p>
        Two devices of one user, and an API that asks nobody: it checks access tokens by their signature, and hears from
        the server what was revoked. End a session, and see how soon all of them refuse it.
      </p>
      {button(SIGN_IN, "main")}
      <div className="stage">
        <div className="seen">
          <div className="grid">
            {DEVICE_NAMES.map((name) => (
              <DeviceCard key={name} name={name} device={devices[name]} now={now} />
            ))}
          </div>
          <ApiLine status={status} away={away} />
        </div>
        <div className="controls">
          {ACTION_GROUPS.map(({ title, actions }) => (
            <section key={title} aria-label={title}>
              <h2>{title}</h2>
              {actions.map((action) => button(action))}
            </section>
          ))}
        </div>
        <div className="happened">
          <h2>What happened</h2>
          <ol className="log" aria-live="polite" aria-relevant="additions text">
            {log.map((entry) => (
              <LogEntry key={entry.id} entry={entry} />
            ))}
            {log.length === 0 && <li className="card entry quiet">Nothing yet: press a button.</li>}
          </ol>
        </div>
      </div>
      <details className="card">
        <summary>Why the devices are no browsers</summary>
        <p>
          They are opened as an application on a phone or a command line would be: by requests that the demonstration
          sends for this page. A browser’s own page is signed in by its cookie, which no script can read, and holds no
          refresh token; where it asks for one, the server refuses. That this page shows theirs is for you to see them.
        </p>
      </details>
      <Question question="An access token cannot be taken back. How do you log somebody out at once?">
        Keep a record of each sign-in, and tell every API within a second which of them have ended, so that a token of
        one that is over is refused before it expires. An API that hears nothing for a second lets nobody in until it
        has caught up, since it cannot know what was revoked.
      </Question>
    </div>
  );
}

function ApiLine({ status, away }: { readonly status: LabStatus | null; readonly away: boolean }) {
  if (away) {
    return (
      <p className="api-line" data-feed="unknown">
        <strong>The server</strong> <span className="badge bad">out of reach</span> How the API is cannot be seen now.
        This page goes on by itself when the server is back.
      </p>
    );
  }
  const { state = "…", revocations = 0, cut = false } = status?.api ?? {};
  return (
    <p className="api-line" data-feed={status?.api.state}>
      <strong>The API</strong> <span className={`badge ${state === "fresh" ? "good" : "bad"}`}>{state}</span>{" "}
      {cut ? "cut off from the server" : "hears from the server"} · promises to refuse within{" "}
      {(status?.bound_ms ?? STALENESS_BOUND_MS).toLocaleString("en")} ms · revocations known: {revocations}
    </p>
  );
}

/** Looks at everything as long as somebody looks at this. */
function poll(): () => void {
  let timer: ReturnType<typeof setTimeout>;
  let stopped = false;
  const again = () => {
    timer = setTimeout(() => {
      const looked = document.visibilityState === "visible" ? lab.poll() : Promise.resolve();
      looked.catch(() => undefined).then(() => (stopped ? undefined : again()), again);
    }, POLL_MS);
  };
  void lab.poll().catch(() => undefined);
  again();
  return () => {
    stopped = true;
    clearTimeout(timer);
  };
}
