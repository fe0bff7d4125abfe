import type { Outcome } from "@counterfoil/client";
import { askLab, OUT_OF_REACH, urlOf } from "../exchange/exchange.ts";
import { decodeToken, encodePart, hmacWith, newOwnKey, signToken } from "./jwt.ts";
import type { JsonObject } from "./jwt.ts";

type Made = Promise<Outcome<{ readonly token: string }>>;

/** A token that has to be refused, and how it is made from a good one. */
export interface Forgery {
  readonly name: string;
  readonly text: string;
  /** The check that is to refuse it. */
  readonly expected: string;
  readonly make: (good: string) => Made;
}

const encoder = new TextEncoder();

/** The parts of a good token, with the role that the forger would like. */
function wished(good: string): { readonly header: JsonObject; readonly payload: JsonObject } {
  const { header, payload } = decodeToken(good)!;
  return { header, payload: { ...payload, roles: ["admin"] } };
}

/** The server’s `kid` and all claims as they should be; only the algorithm and the key are the forger’s. */
export async function forgeWithSecret(good: string, secret: string): Made {
  const { header, payload } = wished(good);
  return made(signToken({ ...header, alg: "HS256" }, payload, hmacWith(encoder.encode(secret))));
}

/** By the demonstration, with the server’s own key: a claim is read behind the signature, so that one has to be good. */
const specimen = (flaw: string) => async (): Made => {
  const asked = await askLab("POST", "specimens", { flaw });
  return asked.ok ? { ok: true, token: (asked.value as { readonly token: string }).token } : asked;
};

const made = async (token: Promise<string>): Made => ({ ok: true, token: await token });

async function forgeWithPublicKey(good: string): Made {
  const jwkSet = await fetch(urlOf("server", "/.well-known/jwks.json"))
    .then((response) => response.text())
    .catch(() => null);
  if (jwkSet === null) return OUT_OF_REACH;
  return forgeWithSecret(good, jwkSet);
}

export const FORGERIES: readonly Forgery[] = [
  {
    name: "alg: none",
    text: "The header says that nobody signed it, and the third part is empty.",
    expected: "malformed",
    make: async (good) => {
      const { header, payload } = wished(good);
      return { ok: true, token: `${encodePart({ ...header, alg: "none" })}.${encodePart(payload)}.` };
    },
  },
  {
    name: "alg: none, the signature left on",
    text: "The same with something in the third part, so that the form is right.",
    expected: "algorithm_refused",
    make: async (good) => {
      const { header, payload } = wished(good);
      const [, , signature] = good.split(".");
      return { ok: true, token: `${encodePart({ ...header, alg: "none" })}.${encodePart(payload)}.${signature}` };
    },
  },
  {
    name: "HS256 with the public key as the secret",
    text: "A verifier that does what the header says takes the public key, which everybody has, for the secret.",
    expected: "algorithm_refused",
    make: forgeWithPublicKey,
  },
  {
    name: "typ: JWT",
    text: "The lesson’s own header: a JWT, of whatever kind.",
    expected: "wrong_type",
    make: async (good) => {
      const { header, payload } = wished(good);
      return made(signToken({ ...header, typ: "JWT" }, payload, (await newOwnKey()).sign));
    },
  },
  {
    name: "A key of one’s own, in the header",
    text: "The header brings the public key that fits: jwk. Who trusts it trusts the forger.",
    expected: "header_refused",
    make: async (good) => {
      const { header, payload } = wished(good);
      const { jwk, sign } = await newOwnKey();
      return made(signToken({ ...header, jwk }, payload, sign));
    },
  },
  {
    name: "A key of one’s own, under the server’s name",
    text: "The header is right to the letter, and another key signed.",
    expected: "bad_signature",
    make: async (good) => {
      const { header, payload } = wished(good);
      return made(signToken(header, payload, (await newOwnKey()).sign));
    },
  },
  {
    name: "Expired",
    text: "Signed by the server’s own key, and its end was 50 minutes ago.",
    expected: "expired",
    make: specimen("expired"),
  },
  {
    name: "Without exp",
    text: "Signed by the server’s own key, and it would never end.",
    expected: "bad_claims",
    make: specimen("without_exp"),
  },
  {
    name: "A year to live",
    text: "Signed by the server’s own key, with an end that is far away.",
    expected: "lifetime_too_long",
    make: specimen("long_life"),
  },
  {
    name: "Wrong audience",
    text: "Signed by the server’s own key, for another service.",
    expected: "wrong_audience",
    make: specimen("wrong_audience"),
  },
];
