import { createHmac, randomBytes } from "node:crypto";
import {
  AUDIENCE,
  claimsWith,
  encode,
  generateSigningKey,
  headerWith,
  ISSUER,
  mint,
  MINTED_AT,
  mintRaw,
} from "./mint.ts";
import type { SigningKey } from "./mint.ts";

/** What is presented, by name, the text, and the outcome: `accepted`, or the reason of the refusal. */
export type Vector = readonly [name: string, token: string, outcome: string];

/** Tokens of every kind, size and shape, right and wrong, for a kernel that trusts `key` at the time of minting. */
export function vectorsFor(key: SigningKey): readonly Vector[] {
  return [
    ...rightOnes(key),
    ...otherKinds(key),
    ...shapes(key),
    ...sizes(key),
    ...headers(key),
    ...signatures(key),
    ...claims(key),
  ];
}

function rightOnes(key: SigningKey): Vector[] {
  return [
    ["as minted", mint(key), "accepted"],
    ["for several audiences", mint(key, { aud: ["urn:b", AUDIENCE] }), "accepted"],
    ["with claims of the application", mint(key, { tenant: { id: 1, tags: ["ü", "\u{1F600}"] } }), "accepted"],
    ["with a header that says more", mint(key, {}, { cty: "x" }), "accepted"],
    ["with text that only looks like members", mint(key, { note: '","sub":"b\\' }), "accepted"],
  ];
}

/** What people put into `Authorization` by mistake, and what else an issuer signs. */
function otherKinds(key: SigningKey): Vector[] {
  const handle = encode(randomBytes(37));
  const shared = createHmac("sha256", "secret");
  const legacy = `${encode('{"alg":"HS256","typ":"JWT"}')}.${encode('{"sub":"1"}')}`;
  return [
    ["a refresh token", `cfr_${handle}`, "malformed"],
    ["a session token", `cfs_${handle}`, "malformed"],
    ["a verifier's credential", `cfv_${handle}`, "malformed"],
    ["a session id", claimsWith()["sid"] as string, "malformed"],
    ["a whole header", `Bearer ${mint(key)}`, "malformed"],
    ["a PASETO", `v4.public.${handle}`, "malformed"],
    ["a name and password", Buffer.from("kavya:password123").toString("base64"), "malformed"],
    ["a URL", "https://app.example.com/a.b.c", "malformed"],
    ["a JWE", `${encode('{"alg":"dir","enc":"A128GCM"}')}..AAAA.AAAA.AAAA`, "malformed"],
    ["a JWS in JSON", JSON.stringify({ payload: "AAAA", protected: "AAAA", signature: "AAAA" }), "malformed"],
    ["a JWT of another issuer", `${legacy}.${shared.update(legacy).digest("base64url")}`, "wrong_type"],
    ["an unsecured JWT", `${encode('{"alg":"none"}')}.${encode("{}")}.`, "malformed"],
    ["an ID token under the same key", mint(key, {}, { typ: "JWT" }), "wrong_type"],
    ["a logout token under the same key", mint(key, {}, { typ: "logout+jwt" }), "wrong_type"],
    ["a token that says no type", mint(key, {}, { typ: undefined }), "wrong_type"],
  ];
}

function shapes(key: SigningKey): Vector[] {
  const token = mint(key);
  const [header, payload, signature] = token.split(".") as [string, string, string];
  const names: readonly (readonly [string, string])[] = [
    ["nothing", ""],
    ["one part", header],
    ["two parts", `${header}.${payload}`],
    ["four parts", `${token}.${signature}`],
    ["dots alone", ".."],
    ["an empty header", `.${payload}.${signature}`],
    ["an empty payload", `${header}..${signature}`],
    ["an empty signature", `${header}.${payload}.`],
    ["padding of the header", `${header}==.${payload}.${signature}`],
    ["padding of the payload", `${header}.${payload}=.${signature}`],
    ["padding of the signature", `${token}=`],
    ["a space in front", ` ${token}`],
    ["a line break behind", `${token}\r\n`],
    ["a line break within", `${header}.\n${payload}.${signature}`],
    ["a zero byte behind", `${token}\0`],
    ["a character of the other alphabet", `${header}.${payload}.+${signature.slice(1)}`],
    ["a character beyond ASCII", `${header}.${payload}.${String.fromCharCode(0x100 + 65)}${signature.slice(1)}`],
    ["half of a surrogate pair", `${token.slice(0, -1)}\uD800`],
    ["percent escapes", `%65${token.slice(1)}`],
    ["quotes", `"${token}"`],
    [
      "one character more than bytes need",
      `${header}.${payload}.${signature.slice(0, signature.length - (signature.length % 4))}A`,
    ],
  ];
  return names.map(([name, text]) => [`with ${name}`, text, "malformed"] as const);
}

function sizes(key: SigningKey): Vector[] {
  const padded = (length: number) => {
    const bare = mint(key, { pad: "" }).length;
    return mint(key, { pad: "p".repeat(Math.floor(((length - bare) * 3) / 4) - 4) });
  };
  return [
    ["of almost 8,192 characters", padded(8192), "accepted"],
    ["of more than 8,192 characters", padded(8210), "too_large"],
    ["of a megabyte", `${mint(key)}${"A".repeat(2 ** 20)}`, "too_large"],
    ["of a megabyte of dots", ".".repeat(2 ** 20), "too_large"],
    ["of one character", "A", "malformed"],
    ["of three characters and two dots", "A.A.A", "malformed"],
    ["of the least bytes", "AA.AA.AA", "malformed"],
  ];
}

function headers(key: SigningKey): Vector[] {
  const payload = JSON.stringify(claimsWith());
  const raw = (text: string | Uint8Array) => mintRaw(key, text, payload);
  const header = JSON.stringify(headerWith(key));
  const other = key.alg === "RS256" ? "ES256" : "RS256";
  const members = ["crit", "b64", "jku", "jwk", "x5u", "x5c", "zip", "enc"];
  return [
    ["a header that is a list", raw("[]"), "malformed"],
    ["a header that is no JSON", raw(`${header}x`), "malformed"],
    ["a header with a byte order mark", raw(`\uFEFF${header}`), "malformed"],
    ["a header that is no UTF-8", raw(Uint8Array.of(0x7b, 0xff, 0x7d)), "malformed"],
    ["a header that says alg twice", raw(`{"alg":"none",${header.slice(1)}`), "malformed"],
    ["a header with half a pair", raw(`${header.slice(0, -1)},"x":"\\ud800"}`), "malformed"],
    ["a header of 17 levels", raw(`${header.slice(0, -1)},"x":${"[".repeat(16)}${"]".repeat(16)}}`), "malformed"],
    ...["none", "None", "", null, undefined, other, "HS512", "ES256K"].map(
      (alg) => [`alg ${String(alg)}`, mint(key, {}, { alg }), "algorithm_refused"] as const,
    ),
    ...["another", "", "__proto__", undefined, null, 1, "k".repeat(200)].map(
      (kid) => [`kid ${String(kid).slice(0, 12)}`, mint(key, {}, { kid }), "unknown_key"] as const,
    ),
    ...members.map((name) => [`a header with ${name}`, mint(key, {}, { [name]: "x" }), "header_refused"] as const),
  ];
}

function signatures(key: SigningKey): Vector[] {
  const [header, payload, signature] = mint(key).split(".") as [string, string, string];
  const bytes = Buffer.from(signature, "base64url");
  const stranger = generateSigningKey(key.alg, key.kid);
  const wrong: readonly (readonly [string, Uint8Array])[] = [
    ["one bit wrong", bytes.map((byte, at) => (at === 10 ? byte ^ 1 : byte))],
    ["a byte missing", bytes.subarray(1)],
    ["a byte too many", Buffer.concat([bytes, Buffer.alloc(1)])],
    ["zeros", Buffer.alloc(bytes.length)],
    ["ones", Buffer.alloc(bytes.length, 255)],
    ["a single byte", Buffer.alloc(1)],
    ["thousands of bytes", Buffer.alloc(4000, 7)],
    ["another token's", Buffer.from(mint(key).split(".")[2]!, "base64url")],
    ["a stranger's, under the same kid", stranger.sign(`${header}.${payload}`)],
    ["one over the payload alone", key.sign(payload)],
  ];
  return wrong.map(
    ([name, one]) => [`a signature: ${name}`, `${header}.${payload}.${encode(one)}`, "bad_signature"] as const,
  );
}

function claims(key: SigningKey): Vector[] {
  const header = JSON.stringify(headerWith(key));
  const text = JSON.stringify(claimsWith());
  const raw = (payload: string | Uint8Array) => mintRaw(key, header, payload);
  const missing = Object.keys(claimsWith()).map((name) => [`no ${name}`, mint(key, { [name]: undefined })] as const);
  const bad: readonly (readonly [string, string])[] = [
    ...missing,
    ["a payload that is a list", raw("[]")],
    ["a payload that is no JSON", raw("sub=1")],
    ["a payload of zeros", raw(new Uint8Array(300))],
    ["a payload with sub twice", raw(`${text.slice(0, -1)},"sub":"root"}`)],
    ["a payload with sub twice, escaped", raw(`${text.slice(0, -1)},"s\\u0075b":"root"}`)],
    ["a payload with half a pair", raw(`${text.slice(0, -1)},"x":"\\udc00"}`)],
    ["a token within a token", raw(mint(key))],
    ["exp as text", mint(key, { exp: String(MINTED_AT + 600) })],
    ["a sid that is a list", mint(key, { sid: ["ses_a"] })],
    ["roles as text", mint(key, { roles: "admin" })],
    ["an empty audience", mint(key, { aud: [] })],
    ["an end before the start", mint(key, { exp: MINTED_AT - 1 })],
  ];
  return [
    ...bad.map(([name, token]) => [name, token, "bad_claims"] as const),
    ["another issuer", mint(key, { iss: `${ISSUER}/` }), "wrong_issuer"],
    ["another audience", mint(key, { aud: "urn:b" }), "wrong_audience"],
    ["a life of 16 minutes", mint(key, { exp: MINTED_AT + 960 }), "lifetime_too_long"],
    ["a life that is over", mint(key, { iat: MINTED_AT - 900, exp: MINTED_AT - 300 }), "expired"],
    ["a life to come", mint(key, { iat: MINTED_AT + 60, exp: MINTED_AT + 600 }), "not_yet_valid"],
  ];
}
