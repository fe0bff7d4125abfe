import { useSyncExternalStore } from "react";
import { Button } from "../../ui/button.tsx";
import { Question } from "../question.tsx";
import type { Run } from "../run/run.ts";
import { RunView } from "../run/run-view.tsx";
import { runs } from "../run/runs.ts";
import { LOGOUT } from "./logout.ts";
import { OTHER_ORIGIN } from "./other-origin.ts";
import { COLUMNS } from "./row.ts";
import type { Row } from "./row.ts";
import { SCALABILITY } from "./scalability.ts";
import { STATELESS } from "./stateless.ts";
import { STORED } from "./stored.ts";
import "./compare.css";

const ROWS: readonly Row[] = [STORED, STATELESS, SCALABILITY, LOGOUT, OTHER_ORIGIN];

/** The lesson's comparison, with a measure for each of its rows. */
export function ComparePanel() {
  const { runs: all, running } = useSyncExternalStore(runs.subscribe, runs.snapshot);
  return (
    <div className="compare">
      <p>
        The table of every interview, and a third column. Each of its words has a number here: press the button, and it
        is measured on this machine, now. “JWT” is a token as most have it: checked by its signature and its expiry, and
        by nothing else.
      </p>
      <table>
        <thead>
          <tr>
            <th scope="col">Feature</th>
            {COLUMNS.map(({ id, title }) => (
              <th key={id} scope="col">
                {title}
              </th>
            ))}
          </tr>
        </thead>
        <tbody>
          {ROWS.map(({ id, name, words }) => (
            <tr key={id}>
              <th scope="row">{name}</th>
              {COLUMNS.map((column) => (
                <td key={column.id}>{words[column.id]}</td>
              ))}
            </tr>
          ))}
        </tbody>
      </table>
      {ROWS.map((row) => (
        <RowCard key={row.id} row={row} run={all[nameOf(row)] ?? null} busy={running !== null} />
      ))}
      <Question question="Session or JWT?">
        A session is stored on the server, which makes it easy to end and harder to scale; a JWT carries everything and
        is checked anywhere, which makes it easy to scale and hard to end. Keep one record of each sign-in, let it
        travel as a cookie to its own host and as short-lived tokens to APIs, and tell every API within a second what
        has ended: then neither has to be given up.
      </Question>
    </div>
  );
}

const nameOf = ({ id }: Row) => `compare ${id}`;

interface RowCardProps {
  readonly row: Row;
  readonly run: Run | null;
  readonly busy: boolean;
}

function RowCard({ row, run, busy }: RowCardProps) {
  const { id, name, button, about } = row;
  return (
    <section className="card" aria-label={name} data-row={id}>
      <h2>{name}</h2>
      <p>{about}</p>
      <Button busy={busy} onClick={() => void runs.start(nameOf(row), (report) => row.run(report))}>
        {button}
      </Button>
      <dl className="figures">
        {COLUMNS.map((column) => (
          <div key={column.id} data-column={column.id}>
            <dt>{column.title}</dt>
            <dd>{run?.figures[column.id] ?? <span className="quiet">not measured yet</span>}</dd>
          </div>
        ))}
      </dl>
      {run !== null && (
        <div className="result">
          <RunView run={run} />
        </div>
      )}
    </section>
  );
}
