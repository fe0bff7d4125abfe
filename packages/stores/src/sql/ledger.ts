import type { Ledger } from "@counterfoil/core";
import { forgiveAttempts, returnAttempts, takeAttempts } from "./attempts.ts";
import type { Engine } from "./engine.ts";
import { countEvents } from "./event-count.ts";
import { pageEvents } from "./event-page.ts";
import { appendBelatedEvents, eventHorizon, readEvents } from "./events.ts";
import {
  addSigningKey,
  announceSigningKey,
  endSigningKey,
  listSigningKeys,
  promoteSigningKey,
  removeSigningKey,
  resealSigningKey,
} from "./keys.ts";
import { purge } from "./purge.ts";
import { restoreRevocations } from "./restoration.ts";
import { readRevocations } from "./revocations.ts";
import { adoptSecrets, listSecrets, replaceSecrets } from "./secrets.ts";
import { endEverySession } from "./sessions/end-every.ts";
import { listAllSessions } from "./sessions/list-all.ts";
import { openSession } from "./sessions/open.ts";
import { findSession, listSessions, readSession } from "./sessions/read.ts";
import { reauthenticateSession } from "./sessions/reauthenticate.ts";
import { redeem } from "./sessions/redeem.ts";
import { resolveLocked, resolveReading } from "./sessions/resolve.ts";
import { revokeSession, revokeSessions } from "./sessions/revoke.ts";
import { amendSession, touchSession, touchSessions } from "./sessions/touch.ts";
import { listUsers } from "./users/list.ts";
import { changePassword, findPasswordCode, issuePasswordCode, redeemPasswordCode } from "./users/password.ts";
import { createUser, deleteUser, findUser, readUser, rehashPassword, setDisabled, setRoles } from "./users/users.ts";
import { addVerifier, findVerifier, listVerifiers, removeVerifier } from "./verifiers.ts";

/** What a ledger does that is the same on every SQL database. */
export type Transitions = Omit<Ledger, "open" | "mayHaveChanged" | "onHint" | typeof Symbol.asyncDispose>;

/** The port on an engine: each operation one transaction. */
export function transitions(engine: Engine): Transitions {
  const { read, write } = engine;
  return {
    openSession: (input) => write((tx) => openSession(tx, input)),
    resolveSession: async (input) =>
      (await read((tx) => resolveReading(tx, input))) ?? (await write((tx) => resolveLocked(tx, input))),
    touchSession: (sid) => write((tx) => touchSession(tx, sid)),
    touchSessions: (touches) => write((tx) => touchSessions(tx, touches)),
    redeem: (input) => write((tx) => redeem(tx, input)),
    reauthenticateSession: (input) => write((tx) => reauthenticateSession(tx, input)),
    amendSession: (input) => write((tx) => amendSession(tx, input)),
    revokeSession: (input) => write((tx) => revokeSession(tx, input)),
    revokeSessions: (input) => write((tx) => revokeSessions(tx, input)),
    findSession: (locatorHash) => read((tx) => findSession(tx, locatorHash)),
    readSession: (sid) => read((tx) => readSession(tx, sid)),
    listSessions: (subject) => read((tx) => listSessions(tx, subject)),
    listAllSessions: (query) => read((tx) => listAllSessions(tx, query)),
    endEverySession: (input) => write((tx) => endEverySession(tx, input)),

    createUser: (input) => write((tx) => createUser(tx, input)),
    findUser: (username) => read((tx) => findUser(tx, username)),
    readUser: (subject) => read((tx) => readUser(tx, subject)),
    setRoles: (input) => write((tx) => setRoles(tx, input)),
    setDisabled: (input) => write((tx) => setDisabled(tx, input)),
    deleteUser: (input) => write((tx) => deleteUser(tx, input)),
    listUsers: (input) => read((tx) => listUsers(tx, input)),
    issuePasswordCode: (input) => write((tx) => issuePasswordCode(tx, input)),
    findPasswordCode: (codeHash) => read((tx) => findPasswordCode(tx, codeHash)),
    redeemPasswordCode: (input) => write((tx) => redeemPasswordCode(tx, input)),
    changePassword: (input) => write((tx) => changePassword(tx, input)),
    rehashPassword: (input) => write((tx) => rehashPassword(tx, input)),

    takeAttempts: (input) => write((tx) => takeAttempts(tx, input)),
    returnAttempts: (buckets) => write((tx) => returnAttempts(tx, buckets)),
    forgiveAttempts: (input) => write((tx) => forgiveAttempts(tx, input)),

    adoptSecrets: (input) => write((tx) => adoptSecrets(tx, input)),
    listSecrets: () => read((tx) => listSecrets(tx)),
    replaceSecrets: (input) => write((tx) => replaceSecrets(tx, input)),
    addSigningKey: (key) => write((tx) => addSigningKey(tx, key)),
    announceSigningKey: (key) => write((tx) => announceSigningKey(tx, key)),
    promoteSigningKey: (input) => write((tx) => promoteSigningKey(tx, input)),
    endSigningKey: (input) => write((tx) => endSigningKey(tx, input)),
    removeSigningKey: (input) => write((tx) => removeSigningKey(tx, input)),
    resealSigningKey: (input) => write((tx) => resealSigningKey(tx, input)),
    listSigningKeys: () => read((tx) => listSigningKeys(tx)),

    addVerifier: (input) => write((tx) => addVerifier(tx, input)),
    removeVerifier: (input) => write((tx) => removeVerifier(tx, input)),
    findVerifier: (credentialHash) => read((tx) => findVerifier(tx, credentialHash)),
    listVerifiers: () => read((tx) => listVerifiers(tx)),
    readRevocations: (cursor) => read((tx) => readRevocations(engine, tx, cursor)),
    restoreRevocations: (entries) => write((tx) => restoreRevocations(tx, entries)),
    appendEvents: (events) => write(async (tx) => appendBelatedEvents(tx, await tx.now(), events)),
    readEvents: (query) => read((tx) => readEvents(engine, tx, query)),
    pageEvents: (query) => read((tx) => pageEvents(engine, tx, query)),
    eventHorizon: () => read((tx) => eventHorizon(engine, tx)),
    countEvents: (query) => read((tx) => countEvents(engine, tx, query)),

    purge: (input) => purge(engine, input),
  };
}
