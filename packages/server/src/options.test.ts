import { ConfigurationError } from "@counterfoil/core";
import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { CounterfoilOptions } from "./index.ts";
import { newSecret, testOptions } from "../test/options.ts";

const twice = newSecret();

test.each<[name: string, options: Partial<Record<keyof CounterfoilOptions, unknown>>, sentence: RegExp]>([
  ["an issuer that is no URL", { issuer: "app.example.com" }, /^issuer .*must be an absolute URL/],
  ["an issuer with a query", { issuer: "https://app.example.com/?a" }, /^issuer /],
  [
    "an issuer in another spelling",
    { issuer: "https://APP.example.com/auth" },
    /^issuer .*https:\/\/app\.example\.com\/auth/,
  ],
  ["plain http beyond localhost", { issuer: "http://app.example.com" }, /^issuer .*insecureHttp/],
  ["an empty audience", { audience: [] }, /^audience /],
  ["a ledger of another kind", { ledger: "mysql://localhost" }, /^ledger .*sqlite:PATH/],
  ["a secret that is not set", { secret: undefined }, /^secret .*is not set: run `counterfoil secret`/],
  ["an empty secret", { secret: "" }, /^secret .*is not set/],
  ["a phrase as the secret", { secret: "super-secret-key" }, /^secret .*is refused: it was not generated/],
  ["the same secret twice", { secret: [twice, twice] }, /^secret .*twice/],
  ["an unknown algorithm", { algorithm: "none" }, /^algorithm .*ES256/],
  ["HS256 without its secret", { algorithm: "HS256" }, /hs256Secret/],
  ["an access token for an hour", { accessTokenTtlSeconds: 3600 }, /^accessTokenTtlSeconds .*60 to 900/],
  [
    "an inactivity timeout above the lifetime",
    { lifetimes: { bearer: { inactivitySeconds: 120, lifetimeSeconds: 60 } } },
    /^lifetimes\.bearer\.inactivitySeconds /,
  ],
  ["another host's cookie domain", { cookieDomain: "example.org" }, /^cookieDomain /],
  ["a wildcard origin", { allowedOrigins: ["*"] }, /^allowedOrigins .*exact origins/],
  ["an origin with a path", { bearerOrigins: ["https://app.example.com/"] }, /^bearerOrigins .*exact origins/],
  ["no password at once", { passwordConcurrency: 0 }, /^passwordConcurrency .*1 to 64/],
  ["an endless queue", { passwordQueue: 1e6 }, /^passwordQueue .*0 to 10000/],
])("%s stops the construction, with the option's name and the accepted form", (_, options, sentence) => {
  const given = { ...testOptions(), ...options } as CounterfoilOptions;
  const construct = () => createCounterfoil(given);
  expect(construct).toThrow(ConfigurationError);
  expect(construct).toThrow(sentence);
});

test("no refusal of a secret quotes it", () => {
  const withPhrase = testOptions({ secret: "correct horse battery staple" });
  expect(() => createCounterfoil(withPhrase)).toThrow(
    expect.objectContaining({ message: expect.not.stringContaining("horse") }),
  );
});
