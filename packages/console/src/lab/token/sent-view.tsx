import { ExchangeView, Status } from "../exchange/exchange-view.tsx";
import { CHECKS, sentenceOf } from "./checks.ts";
import type { Sent } from "./send.ts";

/** What came of a token: both answers, and which check it was. */
export function SentView({ sent: { api, server, reason } }: { readonly sent: Sent }) {
  return (
    <div className="sent">
      <p>
        API <Status status={api.answer?.status ?? null} /> Server <Status status={server.answer?.status ?? null} />{" "}
        {reason === null ? (
          "Every check passed."
        ) : (
          <>
            Refused: <code>{reason}</code>. {sentenceOf(reason)}
          </>
        )}
      </p>
      <Checks reason={reason} />
      <ExchangeView exchange={api} />
      <ExchangeView exchange={server} />
    </div>
  );
}

function Checks({ reason }: { readonly reason: string | null }) {
  const at = reason === null ? CHECKS.length : CHECKS.findIndex(({ refuses }) => Object.hasOwn(refuses, reason));
  return (
    <ol className="checks" aria-label="The checks in their order">
      {CHECKS.map(({ name }, index) => {
        const [look, word] = index < at ? ["good", "passed"] : index === at ? ["bad", "refused"] : ["", "not reached"];
        return (
          <li key={name} className={`badge ${look}`}>
            {name}: {word}
          </li>
        );
      })}
    </ol>
  );
}
