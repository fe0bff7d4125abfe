import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { IssuerError } from "../fetch/issuer-error.ts";
import { readAnswer, readCursor, readEntries, readOpening, readReceipt } from "./wire.ts";

const ISSUER = "https://app.example.com/auth";
const OPENING = { version: 1, issuer: ISSUER, timeline: "t1", complete: true };
const ANSWER = { ...OPENING, ledger_time: 1, read_at: 2, cursor: "t1.7", entries: [] };

function failure(work: () => unknown): string {
  try {
    work();
    return "none";
  } catch (error) {
    return error instanceof IssuerError ? error.failure : String(error);
  }
}

const opening = (changes: object) => () => readOpening(JSON.stringify({ ...OPENING, ...changes }), ISSUER);
const answer = (changes: object) => () => readAnswer(JSON.stringify({ ...ANSWER, ...changes }), ISSUER);

test.each([
  ["another version, whatever else it says", opening({ version: 2, issuer: 7 }), "unknown_version"],
  ["no version", opening({ version: undefined }), "unknown_version"],
  ["a version that is a text", opening({ version: "1" }), "unknown_version"],
  ["R125 another issuer", opening({ issuer: "https://evil.example.com" }), "wrong_issuer"],
  ["R125 an issuer with a slash more", opening({ issuer: `${ISSUER}/` }), "wrong_issuer"],
  ["no timeline", opening({ timeline: "" }), "malformed"],
  ["nothing about its completeness", opening({ complete: "true" }), "malformed"],
  ["an opening that is null", () => readOpening("null", ISSUER), "malformed"],
  ["an opening that is no JSON", () => readOpening("{", ISSUER), "malformed"],
  ["entries that are no list", () => readEntries("{}"), "malformed"],
  ["a receipt without a time", () => readReceipt('{"ledger_time":1}'), "malformed"],
  ["a receipt whose time is a text", () => readReceipt('{"ledger_time":1,"read_at":"2"}'), "malformed"],
  ["a receipt beyond numbers", () => readReceipt('{"ledger_time":1,"read_at":1e999}'), "malformed"],
  ["no cursor", () => readCursor("", "t1"), "malformed"],
  ["a cursor on another timeline", () => readCursor("t10.1", "t1"), "malformed"],
  ["a cursor that would break a header", () => readCursor("t1.1\r\nx: y", "t1"), "malformed"],
  ["R125 an answer of another issuer", answer({ issuer: "x" }), "wrong_issuer"],
  ["an answer without entries", answer({ entries: undefined }), "malformed"],
  ["an answer without a receipt", answer({ read_at: null }), "malformed"],
  ["an answer without a cursor", answer({ cursor: 7 }), "malformed"],
])("is refused: %s", (_name, work, expected) => {
  expect(failure(work)).toBe(expected);
});

describe("entries", () => {
  const sid = { type: "session-revoked", sid: "ses_1", event_timestamp: 1.5, reason: "logout", added: { later: 1 } };

  test("R128 are taken with what CAEP adds, and with members that we do not know", () => {
    expect(readEntries(JSON.stringify([sid]))).toEqual({ known: [sid], unknown: 0 });
  });

  test("R126 that are not understood are counted, whatever they are: each may be a revocation", () => {
    const strange = [{ type: "audience-revoked" }, { type: "session-revoked" }, null, 7, "session-revoked", []];
    expect(readEntries(JSON.stringify([sid, ...strange]))).toEqual({ known: [sid], unknown: strange.length });
  });
});

test("whatever comes, it is read or refused by name", () => {
  fc.assert(
    fc.property(fc.oneof(fc.json(), fc.string()), (text) => {
      const readers = [
        () => readOpening(text, ISSUER),
        () => readEntries(text),
        () => readReceipt(text),
        () => readAnswer(text, ISSUER),
        () => readCursor(text, "t1"),
      ];
      for (const reader of readers) expect(["none", "malformed", "unknown_version"]).toContain(failure(reader));
    }),
    { seed: 20_261_204, numRuns: 1000 },
  );
});
