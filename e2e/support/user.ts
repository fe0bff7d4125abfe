import { join } from "node:path";
import { canonicalUsername, newSubject, systemClock, systemRandom } from "@counterfoil/core";
import type { Ledger, Password } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { Argon2 } from "../../packages/server/src/platform/argon2.ts";

export interface NewUser {
  readonly username: string;
  /** `null` for one that cannot sign in yet. */
  readonly password: string | null;
  readonly roles?: readonly string[];
}

/** Adds a user, and gives the subject. */
export async function addUser(ledger: Ledger, { username, password, roles = ["user"] }: NewUser): Promise<string> {
  const subject = newSubject(systemRandom);
  await ledger.createUser({
    subject,
    username,
    canonicalUsername: canonicalUsername(username),
    passwordHash: password === null ? null : await new Argon2([]).hash(password as Password),
    roles,
    context: null,
  });
  return subject;
}

/** Opens the ledger of a data directory beside whatever server runs on it. */
export async function openLedger(data: string): Promise<Ledger> {
  const ledger = sqliteLedger({ path: join(data, "counterfoil.db"), clock: systemClock });
  await ledger.open();
  return ledger;
}

export async function addUsers(data: string, users: readonly NewUser[]): Promise<void> {
  await using ledger = await openLedger(data);
  for (const user of users) await addUser(ledger, user);
}
