import { readFileSync } from "node:fs";
import { REVOCATION_REASONS } from "@counterfoil/core";
import { isRevocation, REVOCATION_TTL_SECONDS, STALENESS_BOUND_MS } from "@counterfoil/protocol";
import type { FeedEntry } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { FeedAnswerJson } from "../packages/server/src/http/feed-json.ts";
import { FEED_READERS } from "../packages/server/src/http/feed-streams.ts";

const page = readFileSync(new URL("feed.md", import.meta.url), "utf8");
const CAEP = ["session-revoked", "token-claims-change", "credential-change"];

const rows = [...page.matchAll(/^\| `([\w-]+)` +\| (.+?) +\| `([\w-]+)` +\|$/gm)].map(([, type, reasons, event]) => ({
  type,
  reasons: [...reasons!.matchAll(/`(\w+)`/g)].map(([, reason]) => reason!),
  event: event!,
}));

test("R128 each reason that an entry may have has its event of CAEP in the table, and the table has no other", () => {
  expect(new Set(rows.flatMap(({ reasons }) => reasons))).toEqual(new Set(REVOCATION_REASONS));
  expect(new Set(rows.map(({ event }) => event))).toEqual(new Set(CAEP));
  for (const { type } of rows) expect(["session-revoked", "claims-changed", "key-revoked"]).toContain(type);
});

test("R128 the examples are what the wire has: an answer, and an entry that is understood whatever is added to it", () => {
  const answer = JSON.parse(/```json\n([\s\S]+?)```/.exec(page)![1]!) as object;
  expect(FeedAnswerJson.parse(answer)).toEqual(answer);
  const [entry] = JSON.parse(/^data: (\[.+\])$/m.exec(page)![1]!) as FeedEntry[];
  expect(Object.keys(entry!)).toEqual(["type", "sid", "event_timestamp", "reason"]);
  expect(isRevocation({ ...entry, added_later: true })).toBe(true);
});

test("the page says the bounds that the code has", () => {
  expect(page).toContain(`matters for ${REVOCATION_TTL_SECONDS / 60} minutes`);
  expect(page).toContain(`Below ${STALENESS_BOUND_MS.toLocaleString("en")} ms`);
  expect(page).toContain(`room for ${FEED_READERS.toLocaleString("en")} streams`);
});
