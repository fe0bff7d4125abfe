import type { KeyObject } from "node:crypto";
import type { SigningKey } from "../packages/verifier/test/mint.ts";

interface Peer {
  readonly name: string;
  readonly checkAll: (tokens: readonly string[]) => number | Promise<number>;
}

interface Settings {
  readonly issuer: string;
  readonly audience: string;
  readonly cacheSize: number;
}

type Claims = Readonly<Record<string, unknown>>;

// The few functions that are called, typed here: the workspace compiles where no peer is installed.
interface FastJwt {
  readonly createVerifier: (options: Readonly<Record<string, unknown>>) => (token: string) => Claims;
}
interface Jose {
  readonly importJWK: (jwk: Readonly<Record<string, unknown>>, alg: string) => Promise<unknown>;
  readonly jwtVerify: (
    token: string,
    key: unknown,
    options: Readonly<Record<string, unknown>>,
  ) => Promise<{ payload: Claims }>;
}
interface JsonWebToken {
  readonly verify: (token: string, key: KeyObject, options: Readonly<Record<string, unknown>>) => Claims;
}

/** Each peer, told to check what we check as far as it can: issuer, audience, type, algorithm and time. */
export async function loadPeers(): Promise<(key: SigningKey, settings: Settings) => Peer[]> {
  const fastJwt = await loadPeer<FastJwt>("fast-jwt");
  const jose = await loadPeer<Jose>("jose");
  const { default: jsonwebtoken } = await loadPeer<{ default: JsonWebToken }>("jsonwebtoken");
  return (key, settings) => {
    const peers = [fastJwtPeer(fastJwt, key, settings), josePeer(jose, key, settings)];
    // It has no EdDSA.
    return key.alg === "EdDSA" ? peers : [...peers, jsonwebtokenPeer(jsonwebtoken, key, settings)];
  };
}

export async function loadPeer<Module>(name: string): Promise<Module> {
  try {
    return (await import(name)) as Module;
  } catch (cause) {
    throw new Error(`${name} is not installed: run "npm ci --prefix bench" first.`, { cause });
  }
}

function fastJwtPeer({ createVerifier }: FastJwt, key: SigningKey, settings: Settings): Peer {
  const verify = createVerifier({
    key: exported(key.verificationKey),
    algorithms: [key.alg],
    allowedIss: settings.issuer,
    allowedAud: settings.audience,
    checkTyp: "at+jwt",
    requiredClaims: ["iss", "aud", "exp", "iat", "sub", "sid", "jti"],
    cache: settings.cacheSize,
  });
  return {
    name: "fast-jwt",
    checkAll: (tokens) => tokens.filter((token) => verify(token)["iss"] === settings.issuer).length,
  };
}

/** It takes no key objects, and makes one of its own of what it gets. */
function exported(key: KeyObject): string | Buffer {
  return key.type === "secret" ? key.export() : key.export({ format: "pem", type: "spki" });
}

function josePeer({ importJWK, jwtVerify }: Jose, key: SigningKey, settings: Settings): Peer {
  const { issuer, audience } = settings;
  const options = { issuer, audience, typ: "at+jwt", algorithms: [key.alg] };
  const imported = importJWK(key.jwk, key.alg);
  return {
    name: "jose",
    async checkAll(tokens) {
      const verificationKey = await imported;
      let accepted = 0;
      for (const token of tokens) {
        const { payload } = await jwtVerify(token, verificationKey, options);
        if (payload["iss"] === issuer) accepted++;
      }
      return accepted;
    },
  };
}

function jsonwebtokenPeer({ verify }: JsonWebToken, key: SigningKey, settings: Settings): Peer {
  const { issuer, audience } = settings;
  const options = { issuer, audience, algorithms: [key.alg] };
  return {
    name: "jsonwebtoken",
    checkAll: (tokens) =>
      tokens.filter((token) => verify(token, key.verificationKey, options)["iss"] === issuer).length,
  };
}
