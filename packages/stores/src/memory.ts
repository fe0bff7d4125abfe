import { StoreError, systemRandom } from "@counterfoil/core";
import type { Clock, Ledger, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import { forgiveAttempts, returnAttempts, takeAttempts } from "./memory/attempts.ts";
import { countEvents } from "./memory/event-count.ts";
import { pageEvents } from "./memory/event-page.ts";
import {
  addSigningKey,
  announceSigningKey,
  endSigningKey,
  listSigningKeys,
  promoteSigningKey,
  removeSigningKey,
  resealSigningKey,
} from "./memory/keys.ts";
import { readEvents, readRevocations } from "./memory/log.ts";
import { changePassword, findPasswordCode, issuePasswordCode, redeemPasswordCode } from "./memory/password.ts";
import { purge } from "./memory/purge.ts";
import { redeem } from "./memory/redeem.ts";
import { restoreRevocations } from "./memory/restoration.ts";
import { adoptSecrets, listSecrets, replaceSecrets } from "./memory/secrets.ts";
import {
  amendSession,
  endEverySession,
  reauthenticateSession,
  revokeSession,
  revokeSessions,
  touchSession,
  touchSessions,
} from "./memory/session-change.ts";
import { listAllSessions } from "./memory/session-list.ts";
import { openSession } from "./memory/session-open.ts";
import { findSession, listSessions, readSession, resolveSession } from "./memory/session-read.ts";
import { MemoryState } from "./memory/state.ts";
import { listUsers } from "./memory/user-list.ts";
import { createUser, deleteUser, findUser, readUser, rehashPassword, setDisabled, setRoles } from "./memory/users.ts";
import { addVerifier, findVerifier, listVerifiers, removeVerifier } from "./memory/verifiers.ts";

export interface MemoryLedgerOptions {
  /** The ledger's time. */
  readonly clock: Clock;
  /** Names the ledger. Left out: the platform's. */
  readonly random?: Random;
}

/** The ledger in this process's memory: for tests, and for trying things out. It is gone with the process. */
export function memoryLedger({ clock, random = systemRandom }: MemoryLedgerOptions): Ledger {
  const state = new MemoryState(clock, encodeBase64Url(random.bytes(16)));
  let opened = false;
  let revocationsRead: number | null = null;

  /** A transition as an operation: it runs in the turn in which it is asked for, and throws into its promise. */
  const on =
    <I extends readonly unknown[], O>(transition: (state: MemoryState, ...input: I) => O) =>
    // oxlint-disable-next-line require-await -- async turns what is thrown into a rejection
    async (...input: I): Promise<O> => {
      if (!opened) throw closed();
      return transition(state, ...input);
    };

  return {
    // oxlint-disable-next-line require-await -- as above
    open: async () => {
      opened = true;
    },
    openSession: on(openSession),
    resolveSession: on(resolveSession),
    touchSession: on(touchSession),
    touchSessions: on(touchSessions),
    redeem: on(redeem),
    reauthenticateSession: on(reauthenticateSession),
    amendSession: on(amendSession),
    revokeSession: on(revokeSession),
    revokeSessions: on(revokeSessions),
    findSession: on(findSession),
    readSession: on(readSession),
    listSessions: on(listSessions),
    listAllSessions: on(listAllSessions),
    endEverySession: on(endEverySession),

    createUser: on(createUser),
    findUser: on(findUser),
    readUser: on(readUser),
    setRoles: on(setRoles),
    setDisabled: on(setDisabled),
    deleteUser: on(deleteUser),
    listUsers: on(listUsers),
    issuePasswordCode: on(issuePasswordCode),
    findPasswordCode: on(findPasswordCode),
    redeemPasswordCode: on(redeemPasswordCode),
    changePassword: on(changePassword),
    rehashPassword: on(rehashPassword),

    takeAttempts: on(takeAttempts),
    returnAttempts: on(returnAttempts),
    forgiveAttempts: on(forgiveAttempts),

    adoptSecrets: on(adoptSecrets),
    listSecrets: on(listSecrets),
    replaceSecrets: on(replaceSecrets),
    addSigningKey: on(addSigningKey),
    announceSigningKey: on(announceSigningKey),
    promoteSigningKey: on(promoteSigningKey),
    endSigningKey: on(endSigningKey),
    removeSigningKey: on(removeSigningKey),
    resealSigningKey: on(resealSigningKey),
    listSigningKeys: on(listSigningKeys),

    addVerifier: on(addVerifier),
    removeVerifier: on(removeVerifier),
    findVerifier: on(findVerifier),
    listVerifiers: on(listVerifiers),
    readRevocations: on((held, cursor: string | null) => {
      revocationsRead = held.revocationsGiven;
      return readRevocations(held, cursor);
    }),
    onHint: () => undefined,
    mayHaveChanged: () => revocationsRead !== state.revocationsGiven,
    restoreRevocations: on(restoreRevocations),
    appendEvents: on((held, events: Parameters<Ledger["appendEvents"]>[0]) => held.tellBelated(events)),
    readEvents: on(readEvents),
    pageEvents: on(pageEvents),
    eventHorizon: on((held) => {
      const newest = held.events.at(-1)?.id ?? 0;
      return { newest, settled: newest };
    }),
    countEvents: on(countEvents),

    purge: on(purge),
    // oxlint-disable-next-line require-await -- as above
    [Symbol.asyncDispose]: async () => {
      opened = false;
    },
  };
}

function closed(): StoreError {
  return new StoreError("The ledger is closed: open it before it is used, and use it no more once it is closed.");
}
