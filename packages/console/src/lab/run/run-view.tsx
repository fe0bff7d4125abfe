import { Button } from "../../ui/button.tsx";
import { ExchangeView } from "../exchange/exchange-view.tsx";
import type { Run, Step, Wait } from "./run.ts";
import { runs } from "./runs.ts";

/** What a run has told so far. It grows at its end alone, so that nothing moves that somebody reads. */
export function RunView({ run }: { readonly run: Run }) {
  const { running, failed, steps, exchanges, wait } = run;
  return (
    <div className="run" data-running={running} data-failed={failed}>
      <h3>{running ? "Under way …" : "What happened"}</h3>
      <ol className="steps" aria-live="polite">
        {steps.map((step, index) => (
          // They are added at the end alone, and two may say the same.
          // oxlint-disable-next-line react/no-array-index-key
          <StepView key={index} step={step} />
        ))}
      </ol>
      {wait !== null && <WaitView wait={wait} />}
      {!running && exchanges.length > 0 && (
        <details>
          <summary>
            {exchanges.length === 1 ? "The request behind it" : `The ${exchanges.length} requests behind it`}
          </summary>
          {exchanges.map((exchange, index) => (
            // In the order in which they were sent, and never another.
            // eslint-disable-next-line react/no-array-index-key
            <ExchangeView key={index} exchange={exchange} />
          ))}
        </details>
      )}
    </div>
  );
}

function StepView({ step: { sentence, verdict, measured } }: { readonly step: Step }) {
  return (
    <li data-verdict={verdict ?? undefined} data-ms={measured?.ms}>
      {verdict !== null && (
        <span className={`badge ${verdict === "refused" ? "good" : "bad"}`}>
          {verdict === "refused" ? "refused" : "it works"}
        </span>
      )}{" "}
      {measured !== null && <strong>{measured.ms.toLocaleString("en")} ms</strong>} {sentence}{" "}
      {measured !== null && measured.boundMs !== null && (
        <span className={`badge ${measured.ms <= measured.boundMs ? "good" : "bad"}`}>
          promised: {measured.boundMs.toLocaleString("en")} ms
        </span>
      )}
    </li>
  );
}

function WaitView({ wait: { what, ms, passedMs } }: { readonly wait: Wait }) {
  return (
    <div className="wait">
      <p>
        {what} {Math.ceil((ms - passedMs) / 1000)} s left.
      </p>
      <progress aria-label={what} max={ms} value={passedMs} />
      <Button onClick={() => runs.stopWaiting()}>Stop waiting</Button>
    </div>
  );
}
