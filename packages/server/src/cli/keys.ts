import { ConfigurationError, isoTime, rotateSigningKey } from "@counterfoil/core";
import type { StoredSigningKey } from "@counterfoil/core";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Command } from "commander";
import { HS256_IS_YOURS, keysJson, nextOfKey } from "../keys/key-json.ts";
import type { NextOfKey } from "../keys/key-json.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { commandContext } from "./context.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { ownKeyring } from "./own-keyring.ts";
import { askedWrongly, notDone } from "./failure.ts";
import { isJson, isoOfSeconds, minute, print } from "./print.ts";
import type { Flags } from "./print.ts";
import { table } from "./table.ts";
import { withLedger } from "./with-ledger.ts";

const DAY_MS = 24 * 3600_000;
const KID = "as `counterfoil keys list` shows it; one that begins with - goes behind --";

export function addKeys(program: Command): void {
  const keys = program.command("keys").description("list, rotate and revoke the keys that sign access tokens");
  const subcommand = (name: string, description: string) =>
    addSettingFlags(keys.command(name).description(description).option("--json", "as JSON"), ["COUNTERFOIL_DATA"]);
  subcommand("list", "list the keys: what each does, and what happens next with it").action(list);
  subcommand("rotate", "announce a new key; the running servers sign with it in 15 minutes")
    .option("--now", "sign with it at once, although verifiers have not seen it yet")
    .action(rotate);
  subcommand("revoke", "revoke a key: every token under it is refused within a second")
    .argument("<kid>", KID)
    .option("--yes", "it is meant")
    .action(revoke);
  subcommand("retire", "take back an announced key, or one of an algorithm that no server signs with any more")
    .argument("<kid>", KID)
    .action(retire);
}

async function list(flags: Flags): Promise<void> {
  await withLedger(flags, async (ledger, { options }) => {
    const keys = await ledger.listSigningKeys();
    const lifetimeMs = (options.signingKeyLifetimeDays ?? 90) * DAY_MS;
    print(flags, { keys: keysJson(keys, lifetimeMs).map(withTimes) }, () => {
      if (keys.length === 0) return ["There are none: a server makes one when it starts."];
      const rows = keys.map((key) => [
        key.kid,
        key.algorithm,
        key.state,
        minute(isoTime(key.retiredAt ?? key.signsSince ?? key.createdAt)),
        describeNext(key, nextOfKey(key, keys, lifetimeMs)),
      ]);
      return table(["KID", "ALGORITHM", "STATE", "SINCE", "NEXT"], rows);
    });
  });
}

function withTimes(key: ReturnType<typeof keysJson>[number]) {
  const { created_at, signs_since, retired_at, next } = key;
  return {
    ...key,
    created_at: isoOfSeconds(created_at),
    signs_since: signs_since === null ? null : isoOfSeconds(signs_since),
    retired_at: retired_at === null ? null : isoOfSeconds(retired_at),
    next: next === null ? null : { ...next, at: isoOfSeconds(next.at) },
  };
}

const STEPS: Readonly<Record<NextOfKey["step"], string>> = {
  signs: "signs from",
  successor: "its successor is announced at",
  retires: "retires at",
  goes: "goes at",
};

function describeNext({ algorithm }: StoredSigningKey, next: NextOfKey | null): string {
  if (next !== null) return `${STEPS[next.step]} ${minute(isoTime(next.at))}`;
  return algorithm === "HS256" ? "signs until you give another" : "goes 16 minutes after a server has seen it";
}

async function rotate(flags: Flags): Promise<void> {
  await withLedger(flags, async (ledger, { options, dataDirectory }, environment) => {
    const now = flags["now"] === true;
    const algorithm = signingAlgorithm(await ledger.listSigningKeys(), options.algorithm);
    if (algorithm === "HS256") return notDone(HS256_IS_YOURS, "conflict", isJson(flags));
    const keyring = await ownKeyring(ledger, environment, dataDirectory);
    const context = commandContext("keys rotate");
    const rotated = await rotateSigningKey({ ledger, crypto: nodeCrypto, keyring }, { algorithm, now, context });
    if (rotated.outcome === "not_ours") return notDone(HS256_IS_YOURS, "conflict", isJson(flags));
    const { kid, outcome } = rotated;
    const key = (await ledger.listSigningKeys()).find((one) => one.kid === kid);
    print(flags, { outcome, kid }, () =>
      outcome === "promoted"
        ? [
            `${kid} signs: running servers use it within half a minute, and accept it at once.`,
            "A verifier that has cached the JWK Set meets a kid that it does not know, and has to fetch the set again.",
            "The key before it verifies for 16 minutes more, and then goes.",
          ]
        : [
            outcome === "announced" ? `Announced ${kid} (${algorithm}).` : `${kid} was announced already.`,
            `It is in the JWK Set, and ${key === undefined ? "will sign" : describeNext(key, nextOfKey(key, [], 0))}: the running servers do that by themselves.`,
          ],
    );
  });
}

/** What the servers of this ledger sign with: what is configured here, or the algorithm of the one key that signs. */
function signingAlgorithm(
  keys: readonly StoredSigningKey[],
  configured: SigningAlgorithm | undefined,
): SigningAlgorithm {
  const signing = keys.filter(({ state }) => state === "signing").map(({ algorithm }) => algorithm);
  const [only, ...more] = configured === undefined ? signing : signing.filter((algorithm) => algorithm === configured);
  if (only !== undefined && more.length === 0) return only;
  if (only !== undefined) {
    const which = signing.join(" and ");
    throw new ConfigurationError(
      `There are keys that sign with ${which}: set COUNTERFOIL_ALGORITHM to the one to rotate.`,
    );
  }
  throw new ConfigurationError(
    configured === undefined
      ? "There is no key that signs: a server makes one when it starts."
      : `No key of this ledger signs with ${configured}: set COUNTERFOIL_ALGORITHM as the server has it.`,
  );
}

async function revoke(kid: string, flags: Flags): Promise<void> {
  if (flags["yes"] !== true) {
    return askedWrongly(
      `Revoking ${kid} means that every access token under it is refused within a second, everywhere and for ever. Nobody has to sign in again: clients refresh. Say --yes to do it.`,
      isJson(flags),
    );
  }
  await withLedger(flags, async (ledger) => {
    const keys = await ledger.listSigningKeys();
    const key = keys.find((one) => one.kid === kid);
    const ended = await ledger.endSigningKey({ kid, to: "revoked", context: commandContext("keys revoke") });
    if (ended.outcome === "unknown") return noSuchKey(kid, flags);
    const successor = keys.find(({ state, algorithm }) => state === "announced" && algorithm === key?.algorithm);
    print(flags, { outcome: ended.outcome === "ended" ? "revoked" : "already_revoked", kid }, () => {
      if (ended.outcome === "already_ended") return [`${kid} was revoked before.`];
      const revoked = `Revoked ${kid}: every access token under it is refused within a second. Clients refresh; nobody signs in again.`;
      if (key?.state !== "signing") return [revoked];
      if (key.algorithm === "HS256") {
        return [
          revoked,
          "It was the one that signs, and it is yours: set another COUNTERFOIL_HS256_SECRET, and start the server again.",
        ];
      }
      return [
        revoked,
        successor === undefined
          ? "It was the one that signs: running servers make another at once; where none runs, the next start does."
          : `It was the one that signs: ${successor.kid}, which was announced, signs in its place.`,
      ];
    });
  });
}

async function retire(kid: string, flags: Flags): Promise<void> {
  await withLedger(flags, async (ledger, { options }) => {
    const keys = await ledger.listSigningKeys();
    const key = keys.find((one) => one.kid === kid);
    if (key === undefined) return noSuchKey(kid, flags);
    const others = keys.filter(({ state, algorithm }) => state === "signing" && algorithm !== key.algorithm);
    if (key.state === "signing" && (others.length === 0 || key.algorithm === options.algorithm)) {
      return notDone(
        `${kid} is the key that signs: counterfoil keys rotate puts another in its place, and counterfoil keys revoke refuses what it signed.`,
        "conflict",
        isJson(flags),
      );
    }
    const { outcome } = await ledger.endSigningKey({ kid, to: "retired", context: commandContext("keys retire") });
    print(flags, { outcome: outcome === "ended" ? "retired" : "already_retired", kid }, () => [
      outcome === "ended"
        ? `Retired ${kid}: it signs nothing more, verifies for 16 minutes, and then goes.`
        : `${kid} was retired before.`,
    ]);
  });
}

function noSuchKey(kid: string, flags: Flags): void {
  const sentence = `There is no key ${JSON.stringify(kid)}: counterfoil keys list shows those that there are.`;
  notDone(sentence, "not_found", isJson(flags));
}
