import {
  isoTime,
  parseVerifierId,
  parseVerifierName,
  registerVerifier,
  systemRandom,
  VERIFIER_NAME_FORM,
} from "@counterfoil/core";
import type { StoredSigningKey, Verifier, VerifierName } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { Command } from "commander";
import { InvalidArgumentError } from "commander";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { commandContext } from "./context.ts";
import { addSettingFlags } from "./environment-flags.ts";
import { notDone } from "./failure.ts";
import { knowsIssuer, PLACEHOLDER } from "./issuer.ts";
import { isJson, minute, print } from "./print.ts";
import type { Flags } from "./print.ts";
import { table } from "./table.ts";
import { withLedger } from "./with-ledger.ts";

export function addVerifiers(program: Command): void {
  const verifiers = program
    .command("verifiers")
    .description("register the services that follow the revocation feed, or ask this server about a token");
  const subcommand = (name: string, description: string) =>
    addSettingFlags(verifiers.command(name).description(description).option("--json", "as JSON"), ["COUNTERFOIL_DATA"]);
  subcommand("add", "register a service, and print its credential this once")
    .argument("<name>", "what to call it", readName)
    .action(add);
  subcommand("list", "list the services, without their credentials").action(list);
  subcommand("remove", "take a service's registration away: its credential is refused at once")
    .argument("<name>", "its name, or its id (ver_…)")
    .action(remove);
}

function readName(text: string): VerifierName {
  const name = parseVerifierName(text);
  if (name === null) throw new InvalidArgumentError(`A name is ${VERIFIER_NAME_FORM}.`);
  return name;
}

async function add(name: VerifierName, flags: Flags): Promise<void> {
  await withLedger(flags, async (ledger, { options }) => {
    if (signWithHs256(await ledger.listSigningKeys(), options.algorithm)) {
      return notDone(
        "With HS256 every service that verifies holds the key that signs, so there is nothing that a verifier's credential could keep from it: give the servers another COUNTERFOIL_ALGORITHM first, and set it here as they have it.",
        "conflict",
        isJson(flags),
      );
    }
    const parts = { ledger, crypto: nodeCrypto, random: systemRandom };
    const added = await registerVerifier(parts, name, commandContext("verifiers add"));
    if (added.outcome === "taken") {
      const sentence = `There is a verifier ${name} already: take another name, or remove that one first.`;
      return notDone(sentence, "conflict", isJson(flags));
    }
    const { verifier, credential } = added;
    const issuer = knowsIssuer() ? options.issuer : PLACEHOLDER;
    print(flags, { ...json(verifier), credential }, () => [
      `Registered ${verifier.name} (${verifier.id}). Its credential, which is shown this once:`,
      "",
      `  ${credential}`,
      "",
      "It is that service's secret. With it the service follows the revocation feed, and asks about a token:",
      "",
      `  curl -N ${issuer}${PATHS.revocations} -H "Authorization: Bearer $CREDENTIAL" -H "Accept: text/event-stream"`,
      `  curl ${issuer}${PATHS.introspect} -H "Authorization: Bearer $CREDENTIAL" -d token=$TOKEN`,
      "",
      `To take it back: counterfoil verifiers remove ${verifier.name}`,
    ]);
  });
}

/** Whether the servers of this ledger do: what is configured here decides only where the ledger's keys do not. */
function signWithHs256(keys: readonly StoredSigningKey[], configured: SigningAlgorithm | undefined): boolean {
  const signing = keys.filter(({ state }) => state === "signing").map(({ algorithm }) => algorithm);
  if (signing.length === 0) return configured === "HS256";
  if (!signing.includes("HS256")) return false;
  return configured === undefined || configured === "HS256" || !signing.includes(configured);
}

async function list(flags: Flags): Promise<void> {
  const verifiers = await withLedger(flags, (ledger) => ledger.listVerifiers());
  print(flags, { verifiers: verifiers.map(json) }, () => {
    if (verifiers.length === 0) return ["There are none. To register one: counterfoil verifiers add <name>"];
    const rows = verifiers.map(({ name, id, createdAt }) => [name, id, minute(isoTime(createdAt))]);
    return table(["NAME", "ID", "SINCE"], rows);
  });
}

async function remove(text: string, flags: Flags): Promise<void> {
  await withLedger(flags, async (ledger) => {
    const [id, name] = [parseVerifierId(text), parseVerifierName(text)];
    const which = id === null ? name && { name } : { id };
    const removed = which && (await ledger.removeVerifier({ which, context: commandContext("verifiers remove") }));
    if (removed?.outcome !== "removed") {
      const sentence = `There is no verifier ${JSON.stringify(text)}: counterfoil verifiers list shows those that there are.`;
      return notDone(sentence, "not_found", isJson(flags));
    }
    const { verifier } = removed;
    print(flags, json(verifier), () => [
      `Removed ${verifier.name} (${verifier.id}): its credential is refused from here on.`,
    ]);
  });
}

function json({ id, name, createdAt }: Verifier) {
  return { id, name, created_at: isoTime(createdAt) };
}
