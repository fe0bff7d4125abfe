import { ConfigurationError, fingerprint, isoTime, Secret, systemRandom } from "@counterfoil/core";
import type { SecretFingerprint, SecretStep } from "@counterfoil/core";
import { writeSecretFile } from "../config/secret-file.ts";
import type { SecretSource } from "../config/secret-source.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import {
  addSentence,
  atSecretPlace,
  NEEDED_SECONDS,
  nextStep,
  requireKnown,
  requireSource,
  stepJson,
  waitSentence,
} from "./secret-place.ts";
import type { HeldSecret } from "./secret-place.ts";
import { minute, print } from "./print.ts";
import type { Flags } from "./print.ts";

/** Those steps that change the list. */
type Change = Extract<SecretStep, { readonly step: "append" | "move" | "remove" }>;

/**
 * `counterfoil secret rotate`: takes the next safe step, or says what it waits for; run again and again, it leads from
 * one secret to the next. In the environment it says what to edit.
 */
export function rotateSecret(flags: Flags): Promise<void> {
  return atSecretPlace(flags, async (place) => {
    const source = requireSource(place);
    requireKnown(place);
    const next = await nextStep(place);
    if (next.step === "add") throw new ConfigurationError(`${addSentence(next)} Nothing was changed.`);
    if (next.step !== "append" && next.step !== "move" && next.step !== "remove") {
      print(flags, { outcome: "waiting", ...stepJson(next) }, () => [`Nothing to do yet. ${waitSentence(next)}`]);
      return;
    }
    if (source.kind === "environment") {
      print(flags, { outcome: "edit", ...next }, () => edit(next, place.held));
      return;
    }
    const { now } = place.listed;
    const appended = next.step === "append" ? Secret.generate(nodeCrypto, systemRandom) : null;
    writeSecretFile(source.path, changed(place.held, next, appended));
    const which =
      appended === null
        ? (next as Exclude<Change, { readonly step: "append" }>).fingerprint
        : fingerprint(nodeCrypto, appended);
    print(flags, { outcome: DONE[next.step], fingerprint: which, file: source.path }, () =>
      told(next.step, which, source, now),
    );
  });
}

const DONE = { append: "appended", move: "moved", remove: "removed" } as const;

/** The list after the step. */
function changed(held: readonly HeldSecret[], next: Change, appended: Secret | null): readonly Secret[] {
  const secrets = held.map(({ secret }) => secret);
  if (appended !== null) return [...secrets, appended];
  const isIt = (one: HeldSecret) => next.step !== "append" && one.fingerprint === next.fingerprint;
  const rest = held.filter((one) => !isIt(one)).map(({ secret }) => secret);
  return next.step === "move" ? [...held.filter(isIt).map(({ secret }) => secret), ...rest] : rest;
}

function told(
  step: Change["step"],
  which: SecretFingerprint,
  { path }: Extract<SecretSource, { readonly kind: "file" }>,
  now: number,
): readonly string[] {
  switch (step) {
    case "append":
      return [
        `Appended a new secret (fingerprint ${which}) to ${path}. Nothing is sealed with it yet.`,
        "Running servers read the file again within half a minute. Then run this again: in three minutes or later.",
      ];
    case "move":
      return [
        `${which} is first in ${path}: running servers seal with it within half a minute, and accept the other as before.`,
        `Run this again after ${minute(isoTime(now + NEEDED_SECONDS * 1000 + 2 * 3600_000))}, when nothing that the other has sealed is alive.`,
      ];
    case "remove":
      return [`Took ${which} out of ${path}: nothing that it sealed is alive. The rotation is done.`];
  }
}

/** The step as an edit of a variable: `name` stands for where a secret is in the list. */
function edit(next: Change, held: readonly HeldSecret[]): readonly string[] {
  const then = "Start each server again with it, one after the other; then run this again.";
  switch (next.step) {
    case "append":
      return [
        "COUNTERFOIL_SECRET is in the environment, so the edits are yours. There are three; this is the first:",
        "  append a comma and what `counterfoil secret` prints. Nothing is sealed with it yet.",
        then,
      ];
    case "move":
      return [
        "Every running server has the new secret. The second edit:",
        `  move number ${position(next.fingerprint, held)} of COUNTERFOIL_SECRET (fingerprint ${next.fingerprint}) to the first place: it seals from then on.`,
        then,
      ];
    case "remove":
      return [
        "Nothing that the old secret sealed is alive. The third edit:",
        `  take number ${position(next.fingerprint, held)} of COUNTERFOIL_SECRET (fingerprint ${next.fingerprint}) out.`,
        "Start each server again with it; the rotation is then done.",
      ];
  }
}

function position(which: SecretFingerprint, held: readonly HeldSecret[]): number {
  return held.findIndex((one) => one.fingerprint === which) + 1;
}
