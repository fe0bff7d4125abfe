import { expect, test } from "vitest";
import { ERRORS } from "./errors.ts";
import type { ErrorCode } from "./errors.ts";
import { oauthDescription, oauthError } from "./oauth-errors.ts";

const CODES = Object.keys(ERRORS) as ErrorCode[];

test("each error has a code that a client of OAuth's knows, a fault of ours never one of a credential", () => {
  for (const code of CODES) {
    const { error, status } = oauthError(code);
    expect(error).toMatch(/^[a-z_]+$/);
    // RFC 6749 §5.2: 401 is the client's authentication alone.
    expect([error, status === 401]).toEqual([error, error === "invalid_client"]);
    const ours = ["temporarily_unavailable", "server_error"].includes(error);
    expect([code, status === 429 || status >= 500]).toEqual([code, ours]);
  }
  expect(oauthError("invalid_grant")).toEqual({ error: "invalid_grant", status: 400 });
  expect(oauthError("bearer_refused")).toEqual({ error: "unauthorized_client", status: 400 });
  expect(oauthError("csrf_refused")).toEqual({ error: "invalid_request", status: 403 });
});

test("each sentence is told in the characters that RFC 6749 §5.2 allows, and is still one", () => {
  for (const code of CODES) {
    expect(oauthDescription(ERRORS[code].sentence)).toMatch(/^[\x20-\x21\x23-\x5b\x5d-\x7e]+$/);
  }
  expect(oauthDescription('Leave "it" out… at §5\\')).toBe("Leave 'it' out... at ?5?");
});
