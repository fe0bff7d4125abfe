import { checkNewPassword, ConfigurationError } from "@counterfoil/core";
import type { PasswordPolicy } from "@counterfoil/core";
import { expect, test } from "vitest";
import { composeCounterfoil } from "./compose.ts";
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
  ["a password of seven characters", { passwordMinLength: 7 }, /^passwordMinLength .*8 to 64/],
  ["a password of 65 characters", { passwordMinLength: 65 }, /^passwordMinLength .*8 to 64/],
  ["a product without a name", { productNames: ["Acme", " - "] }, /^productNames .*at most 64 names of 1 to 255/],
  ["a phrase as the pepper", { passwordPepper: "black pepper" }, /^passwordPepper .*is refused: it was not generated/],
  ["the same pepper twice", { passwordPepper: `${twice},${twice}` }, /^passwordPepper .*twice/],
  ["the secret as the pepper", { secret: twice, passwordPepper: [newSecret(), twice] }, /^passwordPepper .*another/],
  [
    "the secret of HS256 as the pepper",
    { algorithm: "HS256", hs256Secret: twice, passwordPepper: twice },
    /^passwordPepper .*another/,
  ],
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

test("R006 R105 a new password has 15 characters, and is not made of our name nor of the host's words", async () => {
  let policy: PasswordPolicy | undefined;
  await using cf = composeCounterfoil(
    testOptions({ issuer: "https://login.acme-tools.example", productNames: ["Blue Whale"] }),
    [],
    async ({ passwordPolicy }) => {
      policy = passwordPolicy;
    },
  );
  await cf.ready();
  const sentenceOf = (password: string) => {
    const checked = checkNewPassword(policy!, password, null);
    return checked.outcome === "refused" ? checked.sentence : "accepted";
  };
  expect(policy?.minLength).toBe(15);
  for (const made of [
    "counterfoil-counterfoil",
    "acme-acme-acme-!",
    "AcmeTools2026!!!",
    "loginloginlogin1",
    "bluewhale 2026!",
  ]) {
    expect([made, sentenceOf(made)]).toEqual([made, expect.stringContaining("the name of this service")]);
  }
  expect(sentenceOf("passwordpassword")).not.toBe("accepted");
  expect(sentenceOf("lantern gravel mitten")).toBe("accepted");
});
