import { expect, test } from "vitest";
import { MAX_ACCESS_TOKEN_TTL_SECONDS, RESERVED_CLAIMS, SIGNING_ALGORITHMS } from "./claims.ts";

test("every claim that an access token has of its own is reserved", () => {
  const own = "iss sub aud exp iat jti sid client_id auth_time amr roles claims_version".split(" ");
  expect(own.filter((claim) => !RESERVED_CLAIMS.has(claim))).toEqual([]);
});

test("so are the names by which a claim would reach an object's prototype", () => {
  expect(["__proto__", "constructor", "prototype"].filter((claim) => !RESERVED_CLAIMS.has(claim))).toEqual([]);
});

test("R037 no algorithm is called none, however it is spelled", () => {
  expect(SIGNING_ALGORITHMS.filter((algorithm) => algorithm.toLowerCase() === "none")).toEqual([]);
});

test("an access token lives at most a quarter of an hour", () => {
  expect(MAX_ACCESS_TOKEN_TTL_SECONDS).toBe(900);
});
