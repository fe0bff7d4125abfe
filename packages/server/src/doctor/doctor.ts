import type { Clock } from "@counterfoil/core";
import type { Environment } from "../config/environment.ts";
import { readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { checkDisk, checkFileSystem, checkModes, checkSecretApart, checkWal } from "./files.ts";
import type { Finding } from "./finding.ts";
import { checkClock, checkDrift, checkIntegrity, checkOpens, checkPurge, checkSchema, checkUsers } from "./ledger.ts";
import { checkNode } from "./runtime.ts";
import { checkSecret, checkSecretsInUse, checkSigningKeys } from "./secrets.ts";
import { checkConfiguration, checkWeakness } from "./settings.ts";

/** Looks at everything that can be looked at without a running server, and changes nothing. */
export function examine(environment: Environment, clock: Clock): readonly Finding[] {
  return judge(readFacts(environment, clock));
}

/** What the facts mean. */
export function judge(facts: Facts): readonly Finding[] {
  const { configuration } = facts;
  return [
    checkNode(facts.nodeVersion),
    ...checkConfiguration(facts.unknownVariables, facts.configurationFault),
    ...(configuration === null ? [] : checkWeakness(configuration)),
    checkSecret(facts.secrets),
    ...(facts.files.length === 0 ? [] : [checkModes(facts.files, facts.user)]),
    ...(facts.ledgerFolder === null ? [] : [checkSecretApart(facts.ledgerFolder, facts.secretFile)]),
    ...judgeLedger(facts),
  ];
}

function judgeLedger({
  ledger,
  disk,
  secrets,
  now,
  neededSeconds,
  latestSchema,
  configuration,
}: Facts): readonly Finding[] {
  if (ledger === null) return [];
  const onDisk = disk === null ? [] : [checkFileSystem(disk)];
  if (ledger.kind !== "opened") return [checkOpens(ledger), ...onDisk];
  const { inspection } = ledger;
  const { state, drift } = inspection;
  const findings = [
    checkOpens(ledger),
    ...onDisk,
    ...(disk === null ? [] : [checkDisk(disk, inspection.bytes)]),
    checkWal(inspection.walBytes),
    checkIntegrity(inspection),
    checkSchema(inspection, latestSchema),
    ...(inspection.schemaVersion === latestSchema ? [checkDrift(drift)] : []),
  ];
  if (state === null) return findings;
  const given = secrets.kind === "given" ? secrets.fingerprints : null;
  if (given !== null) findings.push(checkSecretsInUse(state, given, now, neededSeconds));
  const versions =
    given === null
      ? null
      : state.secrets.filter((each) => given.includes(each.fingerprint)).map((each) => each.version);
  const { algorithm = "ES256", signingKeyLifetimeDays: lifetimeDays = 90 } = configuration?.options ?? {};
  return [
    ...findings,
    ...checkSigningKeys(state.signingKeys, algorithm, versions, now, lifetimeDays),
    checkClock(state, now),
    checkUsers(state),
    checkPurge(state),
  ];
}
