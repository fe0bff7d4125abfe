import { describe, expect, test } from "vitest";
import { CREDENTIAL } from "../../test/feed-server.ts";
import { createVerifier } from "../node.ts";

const good = { issuer: "https://app.example.com/auth", audience: "https://api.example.com", credential: CREDENTIAL };
const withOptions = (options: Readonly<Record<string, unknown>>) => () => createVerifier({ ...good, ...options });

test.each<[string, Readonly<Record<string, unknown>>, RegExp]>([
  ["no issuer", { issuer: undefined }, /^issuer is missing: the server's public URL/],
  ["an issuer that is null", { issuer: null }, /^issuer is the server's public URL/],
  ["an issuer that is no URL", { issuer: "app.example.com" }, /^issuer is the server's public URL/],
  ["an issuer with a slash at its end", { issuer: `${good.issuer}/` }, /write https:\/\/app\.example\.com\/auth\.$/],
  ["an issuer in capitals", { issuer: "https://APP.example.com" }, /write https:\/\/app\.example\.com\.$/],
  [
    "an issuer with its default port",
    { issuer: "https://app.example.com:443" },
    /write https:\/\/app\.example\.com\.$/,
  ],
  ["an issuer with a query", { issuer: `${good.issuer}?a` }, /without query or fragment/],
  ["an issuer with a fragment", { issuer: `${good.issuer}#a` }, /without query or fragment/],
  ["an issuer with a password", { issuer: "https://a:b@app.example.com" }, /^issuer is/],
  ["R152 plain HTTP beyond this machine", { issuer: "http://app.example.com" }, /insecureHttp: true allows it by name/],
  ["R152 another scheme", { issuer: "file:///etc/passwd" }, /^issuer is/],
  ["no audience", { audience: undefined }, /^audience is missing: who this service is, .*, or null/],
  ["an empty audience", { audience: [] }, /^audience is who this service is, one or more/],
  ["no credential", { credential: undefined }, /^credential is missing: what `counterfoil verifiers add NAME` printed/],
  ["half a credential", { credential: CREDENTIAL.slice(0, -1) }, /cfv_ and 48 characters/],
  ["a credential with a line end", { credential: `${CREDENTIAL}\n` }, /nothing before or after/],
  ["another feed", { feed: "websocket" }, /^feed is "stream" or "poll"\.$/],
  ["another policy", { whenStale: "ignore" }, /^whenStale is "catch-up" or "reject" or "accept"\.$/],
  ["a poll that never asks", { feed: "poll", whenStale: "reject" }, /whenStale is "catch-up" or "accept" there/],
  ["HS256", { algorithms: ["HS256"] }, /its one key both signs and verifies/],
  ["HS256 beside others", { algorithms: ["ES256", "HS256"] }, /its one key both signs and verifies/],
  [
    "an unknown algorithm",
    { algorithms: ["none"] },
    /^algorithms is a list of some of ES256, Ed25519, EdDSA, RS256\.$/,
  ],
  ["no algorithm", { algorithms: [] }, /^algorithms is a list of some of/],
  ["an option that there is not", { whenstale: "reject" }, /^There is no option whenstale: the options are issuer,/],
  ["a fetch that is no function", { fetch: {} }, /^fetch is a function/],
  ["a callback that is no function", { onRevocation: 1 }, /^onRevocation is a function/],
])("refused: %s", (_name, options, sentence) => {
  expect(withOptions(options)).toThrow(TypeError);
  expect(withOptions(options)).toThrow(sentence);
  expect(withOptions(options)).not.toThrow(/AAAA/);
});

describe("accepted", () => {
  test.each<[string, Readonly<Record<string, unknown>>]>([
    ["the least", {}],
    ["an issuer at the root of its host", { issuer: "https://app.example.com" }],
    ["plain HTTP on this machine", { issuer: "http://localhost:4000" }],
    ["plain HTTP on this machine, by number", { issuer: "http://127.0.0.1:4000/auth" }],
    ["plain HTTP on this machine, by its longer number", { issuer: "http://[::1]:4000/auth" }],
    ["plain HTTP, by name", { issuer: "http://app.internal", insecureHttp: true }],
    ["audiences", { audience: ["a", "b"] }],
    ["an audience that is refused aloud", { audience: null }],
    ["poll", { feed: "poll" }],
    ["one algorithm", { algorithms: ["RS256"] }],
    ["no cache", { cacheSize: 0 }],
  ])("%s", (_name, options) => {
    expect(withOptions(options)).not.toThrow();
  });
});

test("a wrong size of the cache is a RangeError of the kernel's", () => {
  expect(withOptions({ cacheSize: -1 })).toThrow(RangeError);
});
