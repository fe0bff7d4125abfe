import { useEffect, useRef } from "react";
import { ExchangeView } from "../exchange/exchange-view.tsx";
import type { Entry, Measure } from "./entry.ts";

/** One line of the log: in words, with the times and the requests behind it. */
export function LogEntry({ entry }: { readonly entry: Entry }) {
  const { title, time, running, failed, sentences, measures, exchanges } = entry;
  const ref = useRef<HTMLLIElement>(null);
  // On a small screen the log is far from the button; where it can be seen already, nothing moves.
  useEffect(() => {
    // In braces: in some browsers it returns a promise, which is no cleanup.
    ref.current?.scrollIntoView({ block: "nearest" });
  }, []);
  return (
    <li ref={ref} className="card entry" data-entry={entry.id} data-running={running} data-failed={failed}>
      <h3>
        {title} <span className="quiet">{running ? "under way …" : time}</span>
      </h3>
      {measures.length > 0 && (
        <ul className="measures">
          {measures.map((measure) => (
            <MeasureView key={measure.what} measure={measure} />
          ))}
        </ul>
      )}
      {sentences.map((sentence) => (
        <p key={sentence} className={failed ? "error" : undefined}>
          {sentence}
        </p>
      ))}
      {exchanges.length > 0 && (
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
    </li>
  );
}

function MeasureView({ measure: { what, ms, boundMs } }: { readonly measure: Measure }) {
  return (
    <li>
      <strong>{ms.toLocaleString("en")} ms</strong> {what}
      {boundMs !== null && (
        <span className={`badge ${ms <= boundMs ? "good" : "bad"}`}>promised: {boundMs.toLocaleString("en")} ms</span>
      )}
    </li>
  );
}
