import { describe, expect, test } from "vitest";
import { ERRORS } from "./errors.ts";

const rows = Object.entries(ERRORS);

describe("the table of errors", () => {
  test.each(rows)("%s is snake_case, a client or server error, and has a sentence", (code, { status, sentence }) => {
    expect(code).toMatch(/^[a-z]+(?:_[a-z]+)*$/);
    expect(status).toBeGreaterThanOrEqual(400);
    expect(status).toBeLessThan(600);
    expect(sentence).toMatch(/^[A-Z].*[.a-z]$/);
    expect(sentence).not.toMatch(/undefined|null|\n/);
  });

  test("no two codes share a sentence, so that whoever reads one knows which it was", () => {
    expect(new Set(rows.map(([, { sentence }]) => sentence)).size).toBe(rows.length);
  });

  test("a fault of ours is 5xx, and none of them is a refusal of a credential", () => {
    const faults = rows.filter(([, { status }]) => status >= 500).map(([code]) => code);
    expect(faults).toEqual(["internal", "overloaded", "unavailable"]);
    const unauthorized = rows.filter(([, { status }]) => status === 401).map(([code]) => code);
    expect(unauthorized).toEqual([
      "invalid_credentials",
      "invalid_code",
      "second_factor_required",
      "invalid_client",
      "invalid_grant",
      "not_authenticated",
      "invalid_session",
      "invalid_token",
      "claims_changed",
      "reauthentication_required",
    ]);
  });
});
