import { useSyncExternalStore } from "react";
import { Button } from "../../ui/button.tsx";
import { Question } from "../question.tsx";
import type { Run } from "../run/run.ts";
import { RunView } from "../run/run-view.tsx";
import { runs } from "../run/runs.ts";
import type { Attack } from "./attack.ts";
import { ATTACKS } from "./attacks.ts";
import "./attacks.css";

/** What is tried on a session and its tokens, each for real, and what it meets. */
export function AttacksPanel() {
  const { runs: all, running } = useSyncExternalStore(runs.subscribe, runs.snapshot);
  return (
    <div className="attacks">
      <p>
        Each of these is done, against the server that runs here, by requests that you can open. Some are refused. Some
        work, and it says so: then what matters is for how long, and what ends it.
      </p>
      {ATTACKS.map((attack) => (
        <AttackCard key={attack.id} attack={attack} run={all[nameOf(attack)] ?? null} busy={running !== null} />
      ))}
      <Question question="Where do you keep tokens in a browser, and why not in localStorage?">
        In an HttpOnly, Secure, SameSite cookie that no script can read, with a short-lived access token in memory for
        calls to other services, since any script that gets into the page can copy localStorage and use it from
        elsewhere for as long as the token lives. A script in the page can still act while the page is open, so a strict
        policy keeps it out, and the sign-out has to end everything at once.
      </Question>
    </div>
  );
}

const nameOf = ({ id }: Attack) => `attack ${id}`;

interface AttackCardProps {
  readonly attack: Attack;
  readonly run: Run | null;
  readonly busy: boolean;
}

function AttackCard({ attack, run, busy }: AttackCardProps) {
  const { id, title, button, about, defence } = attack;
  return (
    <section className="card attack" aria-label={title} data-attack={id}>
      <h2>{title}</h2>
      <p>{about}</p>
      <Button busy={busy} onClick={() => void runs.start(nameOf(attack), (report) => attack.run(report))}>
        {button}
      </Button>
      {run !== null && (
        <div className="result">
          <RunView run={run} />
          {!run.running && !run.failed && (
            <p className="defence">
              <strong>The line of defence.</strong> {defence}
            </p>
          )}
        </div>
      )}
    </section>
  );
}
