import type { ReactNode } from "react";
import { BodyView } from "./body-view.tsx";
import type { Exchange, Header } from "./exchange.ts";
import { LongText } from "./long-text.tsx";
import { WHY } from "./why.ts";
import type { Why } from "./why.ts";

export interface ExchangeViewProps {
  readonly exchange: Exchange;
  /** By a header's name in lower case, by `cookie <name>`, or by `request`, `request body`, `status`, `answer body`. */
  readonly why?: Why;
  /** Shows the parts at once. */
  readonly open?: boolean;
}

/** One exchange: what was asked and answered in a line, and in it every header, cookie and body, to be opened. */
export function ExchangeView({ exchange, why = {}, open = false }: ExchangeViewProps) {
  const { request, answer, duration_ms: duration } = exchange;
  const { pathname, search, host } = new URL(request.url);
  return (
    <details className="exchange" open={open}>
      <summary>
        <code className="line">
          {request.method} {pathname}
          {search}
        </code>{" "}
        <Status status={answer?.status ?? null} /> <span className="quiet">{duration} ms</span>
      </summary>
      <h4>Asked of {host}</h4>
      <RequestParts exchange={exchange} why={why} />
      <h4>Answered</h4>
      <AnswerParts exchange={exchange} why={why} />
    </details>
  );
}

/** What was asked: each header, each cookie and the body, to be opened. */
export function RequestParts({ exchange: { request }, why = {} }: Omit<ExchangeViewProps, "open">) {
  const reasons = { ...WHY, ...why };
  return (
    <>
      {why["request"] !== undefined && <p className="why">{why["request"]}</p>}
      <Headers headers={request.headers} why={reasons} />
      {request.body !== "" && (
        <Part name="Body" why={reasons["request body"]}>
          <BodyView text={request.body} />
        </Part>
      )}
    </>
  );
}

/** What was answered, likewise. */
export function AnswerParts({ exchange: { answer }, why = {} }: Omit<ExchangeViewProps, "open">) {
  const reasons = { ...WHY, ...why };
  if (answer === null) return <p>No answer came.</p>;
  return (
    <>
      {why["status"] !== undefined && <p className="why">{why["status"]}</p>}
      <Headers headers={answer.headers} why={reasons} />
      {answer.body !== "" && (
        <Part name="Body" why={reasons["answer body"]}>
          <BodyView text={answer.body} />
        </Part>
      )}
    </>
  );
}

/** A status, or that there was none. */
export function Status({ status }: { readonly status: number | null }) {
  const look = status === null || status >= 400 ? "bad" : "good";
  return <span className={`badge ${look}`}>{status ?? "no answer"}</span>;
}

function Headers({ headers, why }: { readonly headers: readonly Header[]; readonly why: Why }) {
  return headers.flatMap(([name, value], index) => {
    const key = `${index} ${name}`;
    if (name.toLowerCase() !== "cookie") {
      return (
        <Part key={key} name={name} short={value} why={why[name.toLowerCase()]}>
          <LongText text={value} />
        </Part>
      );
    }
    return value.split(/; */).map((cookie, at) => {
      const [cookieName = ""] = cookie.split("=", 1);
      return (
        <Part
          key={`${key} ${at}`}
          name={`${name}: ${cookieName}`}
          why={why[`cookie ${cookieName}`] ?? why["cookie"]}
          short={cookie.slice(cookieName.length + 1)}
        >
          <LongText text={cookie} />
        </Part>
      );
    });
  });
}

interface PartProps {
  readonly name: string;
  readonly short?: string;
  readonly why: string | undefined;
  readonly children: ReactNode;
}

function Part({ name, short = "", why, children }: PartProps) {
  return (
    <details className="part">
      <summary>
        <code>{name}</code> <span className="short">{short}</span>
      </summary>
      <div className="value">{children}</div>
      {why !== undefined && <p className="why">{why}</p>}
    </details>
  );
}
