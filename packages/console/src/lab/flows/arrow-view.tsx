import { AnswerParts, RequestParts, Status } from "../exchange/exchange-view.tsx";
import type { Exchange } from "../exchange/exchange.ts";
import { CookieFlags } from "./cookie-flags.tsx";
import type { Arrow } from "./step.ts";

export interface ArrowViewProps {
  readonly arrow: Arrow;
  readonly lanes: readonly string[];
  /** What went along it; `null` before that, and where this page has not seen it. */
  readonly exchange: Exchange | null;
}

/** An arrow between two lanes. What went along it can be opened. It takes the same room before and after. */
export function ArrowView({ arrow, lanes, exchange }: ArrowViewProps) {
  const { from, to, label, part, why } = arrow;
  const line = (
    <>
      <span className="way">
        {lanes[from]} → {lanes[to]}
      </span>{" "}
      {exchange === null ? <code>{label}</code> : <Line exchange={exchange} part={part} />}
      <Shaft from={from} to={to} lanes={lanes.length} />
    </>
  );
  if (exchange === null) return <div className="arrow waiting">{line}</div>;
  return (
    <details className="arrow">
      <summary>{line}</summary>
      <div className="opened">
        {part === "request" ? (
          <RequestParts exchange={exchange} why={why ?? {}} />
        ) : (
          <>
            <CookieFlags exchange={exchange} />
            <AnswerParts exchange={exchange} why={why ?? {}} />
          </>
        )}
      </div>
    </details>
  );
}

function Line({ exchange, part }: { readonly exchange: Exchange; readonly part: Arrow["part"] }) {
  const { request, answer, duration_ms: duration } = exchange;
  if (part === "request") {
    return (
      <code>
        {request.method} {new URL(request.url).pathname}
      </code>
    );
  }
  return (
    <>
      <Status status={answer?.status ?? null} /> <span className="quiet">{duration} ms</span>
    </>
  );
}

/** The drawing; the words beside it say the same. */
function Shaft({ from, to, lanes }: { readonly from: number; readonly to: number; readonly lanes: number }) {
  const middle = (lane: number) => ((lane + 0.5) / lanes) * 100;
  const left = middle(Math.min(from, to));
  return (
    <span aria-hidden="true" className="drawn">
      <span
        className={`shaft ${from < to ? "right" : "left"}`}
        style={{ marginLeft: `${left}%`, width: `${middle(Math.max(from, to)) - left}%` }}
      />
    </span>
  );
}
