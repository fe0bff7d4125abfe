import type { Ledger } from "@counterfoil/core";
import { forgiveAttempts, returnAttempts, takeAttempts } from "./attempts.ts";
import type { Engine } from "./engine.ts";
import { appendBelatedEvents, readEvents } from "./events.ts";
import { addSigningKey, endSigningKey, listSigningKeys, resealSigningKey } from "./keys.ts";
import { purge } from "./purge.ts";
import { readRevocations } from "./revocations.ts";
import { adoptSecrets } from "./secrets.ts";
import { openSession } from "./sessions/open.ts";
import { findSession, listSessions, readSession } from "./sessions/read.ts";
import { reauthenticateSession } from "./sessions/reauthenticate.ts";
import { redeem } from "./sessions/redeem.ts";
import { resolveLocked, resolveReading } from "./sessions/resolve.ts";
import { revokeSession, revokeSessions } from "./sessions/revoke.ts";
import { amendSession, touchSession } from "./sessions/touch.ts";
import {
  createUser,
  deleteUser,
  findUser,
  readUser,
  rehashPassword,
  setDisabled,
  setPassword,
  setRoles,
} from "./users/users.ts";

/** What a ledger does that is the same on every SQL database. */
export type Transitions = Omit<Ledger, "open" | "mayHaveChanged" | typeof Symbol.asyncDispose>;

/** The port on an engine: each operation one transaction. */
export function transitions(engine: Engine): Transitions {
  const { read, write } = engine;
  return {
    openSession: (input) => write((tx) => openSession(tx, input)),
    resolveSession: async (input) =>
      (await read((tx) => resolveReading(tx, input))) ?? (await write((tx) => resolveLocked(tx, input))),
    touchSession: (sid) => write((tx) => touchSession(tx, sid)),
    redeem: (input) => write((tx) => redeem(tx, input)),
    reauthenticateSession: (input) => write((tx) => reauthenticateSession(tx, input)),
    amendSession: (input) => write((tx) => amendSession(tx, input)),
    revokeSession: (input) => write((tx) => revokeSession(tx, input)),
    revokeSessions: (input) => write((tx) => revokeSessions(tx, input)),
    findSession: (locatorHash) => read((tx) => findSession(tx, locatorHash)),
    readSession: (sid) => read((tx) => readSession(tx, sid)),
    listSessions: (subject) => read((tx) => listSessions(tx, subject)),

    createUser: (input) => write((tx) => createUser(tx, input)),
    findUser: (username) => read((tx) => findUser(tx, username)),
    readUser: (subject) => read((tx) => readUser(tx, subject)),
    setRoles: (input) => write((tx) => setRoles(tx, input)),
    setDisabled: (input) => write((tx) => setDisabled(tx, input)),
    deleteUser: (input) => write((tx) => deleteUser(tx, input)),
    setPassword: (input) => write((tx) => setPassword(tx, input)),
    rehashPassword: (input) => write((tx) => rehashPassword(tx, input)),

    takeAttempts: (input) => write((tx) => takeAttempts(tx, input)),
    returnAttempts: (buckets) => write((tx) => returnAttempts(tx, buckets)),
    forgiveAttempts: (input) => write((tx) => forgiveAttempts(tx, input)),

    adoptSecrets: (input) => write((tx) => adoptSecrets(tx, input)),
    addSigningKey: (key) => write((tx) => addSigningKey(tx, key)),
    endSigningKey: (input) => write((tx) => endSigningKey(tx, input)),
    resealSigningKey: (input) => write((tx) => resealSigningKey(tx, input)),
    listSigningKeys: () => read((tx) => listSigningKeys(tx)),

    readRevocations: (cursor) => read((tx) => readRevocations(engine, tx, cursor)),
    appendEvents: (events) => write(async (tx) => appendBelatedEvents(tx, await tx.now(), events)),
    readEvents: (query) => read((tx) => readEvents(tx, query)),

    purge: (input) => write((tx) => purge(tx, input)),
  };
}
