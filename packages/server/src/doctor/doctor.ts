import type { Clock } from "@counterfoil/core";
import type { DatabaseInspection } from "@counterfoil/stores/postgres-database";
import type { LedgerInspection, LedgerState } from "@counterfoil/stores/sqlite-file";
import type { Environment } from "../config/environment.ts";
import { checkDatabase } from "./database.ts";
import { readFacts } from "./facts.ts";
import type { Facts } from "./facts.ts";
import { checkDisk, checkFileSystem, checkModes, checkSecretApart, checkWal } from "./files.ts";
import type { Finding } from "./finding.ts";
import { checkClock, checkDrift, checkIntegrity, checkOpens, checkPurge, checkSchema, checkUsers } from "./ledger.ts";
import { checkNode } from "./runtime.ts";
import { checkSecret, checkSecretsInUse, checkSigningKeys } from "./secrets.ts";
import { checkConfiguration, checkWeakness } from "./settings.ts";

/** Looks at everything that can be looked at without a running server, and changes nothing. */
export async function examine(environment: Environment, clock: Clock): Promise<readonly Finding[]> {
  return judge(await readFacts(environment, clock));
}

/** What the facts mean. */
export function judge(facts: Facts): readonly Finding[] {
  const { configuration } = facts;
  return [
    checkNode(facts.nodeVersion),
    ...checkConfiguration(facts.unknownVariables, facts.configurationFault),
    ...(configuration === null ? [] : checkWeakness(configuration)),
    checkSecret(facts.secrets, configuration !== null && facts.ledgerFolder === null),
    ...(facts.files.length === 0 ? [] : [checkModes(facts.files, facts.user)]),
    ...(facts.ledgerFolder === null ? [] : [checkSecretApart(facts.ledgerFolder, facts.secretFile)]),
    ...judgeLedger(facts),
  ];
}

function judgeLedger(facts: Facts): readonly Finding[] {
  const { ledger, disk, latestSchema, now } = facts;
  if (ledger === null) return [];
  const onDisk = disk === null ? [] : [checkFileSystem(disk)];
  if (ledger.kind === "reached") {
    const { inspection } = ledger;
    return [
      checkOpens(ledger),
      ...checkDatabase(inspection),
      ...judgeSchema(inspection, latestSchema),
      ...judgeState(inspection.state, facts, inspection.connection.now, "the database's"),
    ];
  }
  if (ledger.kind !== "opened") return [checkOpens(ledger), ...onDisk];
  const { inspection } = ledger;
  return [
    checkOpens(ledger),
    ...onDisk,
    ...(disk === null ? [] : [checkDisk(disk, inspection.bytes)]),
    checkWal(inspection.walBytes),
    checkIntegrity(inspection),
    ...judgeSchema(inspection, latestSchema),
    ...judgeState(inspection.state, facts, now, "this machine's"),
  ];
}

function judgeSchema(
  { schemaVersion, drift }: Pick<LedgerInspection | DatabaseInspection, "schemaVersion" | "drift">,
  latest: number,
): readonly Finding[] {
  return [checkSchema(schemaVersion, latest), ...(schemaVersion === latest ? [checkDrift(drift)] : [])];
}

function judgeState(
  state: LedgerState | null,
  { secrets, neededSeconds, configuration }: Facts,
  now: number,
  whoseClock: string,
): readonly Finding[] {
  if (state === null) return [];
  const given = secrets.kind === "given" ? secrets.fingerprints : null;
  const versions =
    given === null
      ? null
      : state.secrets.filter((each) => given.includes(each.fingerprint)).map((each) => each.version);
  const { algorithm = "ES256", signingKeyLifetimeDays: lifetimeDays = 90 } = configuration?.options ?? {};
  return [
    ...(given === null ? [] : [checkSecretsInUse(state, given, now, neededSeconds)]),
    ...checkSigningKeys(state.signingKeys, algorithm, versions, now, lifetimeDays),
    checkClock(state, now, whoseClock),
    checkUsers(state),
    checkPurge(state),
  ];
}
