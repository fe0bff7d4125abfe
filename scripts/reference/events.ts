import { END_REASONS } from "@counterfoil/core";
import { endSentence } from "../../packages/server/src/explain/sentences.ts";
import { BELATED, EVENTS, LOG_LINES } from "./inventory.ts";
import { capitalized, code, page, table } from "./markdown.ts";

export function events(): string {
  const all = Object.entries(EVENTS);
  return page(
    "Events and log",
    "Two records, for two readers. The **event log** is in the ledger: append-only, kept 90 days, of what became of users, " +
      "sessions and keys; `counterfoil explain` reads it. The **server's log** is on standard output, JSON, one line an " +
      "entry, for whatever collects logs. Neither holds a password, a token or a secret: sessions are named by their `sid`.",
    "Each event has a number and the ledger's time (`id`, `at`), the user and the session that it is about (`subject`, " +
      "`sid`), and, where a request led to it, that request: `requestId`, `remoteAddress`, `userAgent`.",
    "## Written with what they tell",
    "In the same transaction: where the one is, the other is.",
    inventory(all.filter(([type]) => !BELATED.has(type))),
    "## Written soon after",
    "In batches, within a fifth of a second: nothing was decided, so nobody waits for them. A flood is counted, not written.",
    inventory(all.filter(([type]) => BELATED.has(type))),
    "## Why a session ended",
    table(
      ["reason", "means"],
      END_REASONS.map((reason) => [code(reason), `${capitalized(endSentence(reason))}.`]),
    ),
    "## The server's log",
    "`COUNTERFOIL_LOG_LEVEL` decides how much. A line of a request has its `requestId`, which the client has too, in " +
      "`Request-Id`.",
    table(
      ["`msg` begins with", "says"],
      Object.entries(LOG_LINES).map(([line, says]) => [code(line), says]),
    ),
  );
}

function inventory(of: readonly [string, (typeof EVENTS)[keyof typeof EVENTS]][]): string {
  return table(
    ["event", "when", "members"],
    of.map(([type, { when, members }]) => [
      code(type),
      when,
      Object.entries(members)
        .map(([member, about]) => `${code(member)}: ${about}`)
        .join("; "),
    ]),
  );
}
