import { describe } from "vitest";
import { activityContract } from "./contract/activity.ts";
import { attemptsContract } from "./contract/attempts.ts";
import { eventCountsContract } from "./contract/event-counts.ts";
import { eventPagesContract } from "./contract/event-pages.ts";
import { everybodyContract } from "./contract/everybody.ts";
import { externalUsersContract } from "./contract/external-users.ts";
import { keysContract } from "./contract/keys.ts";
import { keyLifeContract } from "./contract/key-life.ts";
import { changesContract, logsContract } from "./contract/logs.ts";
import { openSessionContract } from "./contract/open-session.ts";
import { passwordContract } from "./contract/password.ts";
import { purgeContract } from "./contract/purge.ts";
import { racesContract } from "./contract/races.ts";
import { redeemContract } from "./contract/redeem.ts";
import { redeemTableContract } from "./contract/redeem-table.ts";
import { restorationContract } from "./contract/restoration.ts";
import { revocationReasonsContract } from "./contract/revocation-reasons.ts";
import { secretsContract } from "./contract/secrets.ts";
import { sessionsContract } from "./contract/sessions.ts";
import { timeContract } from "./contract/time.ts";
import { userListContract } from "./contract/user-list.ts";
import { usersContract } from "./contract/users.ts";
import { verifiersContract } from "./contract/verifiers.ts";
import type { MakeStore } from "./store.ts";

export interface Depths {
  /** Every sequence of presentations up to this length is tried. */
  readonly redeemTable: number;
  /** Whether the store knows for certain when nobody has written. */
  readonly tellsChanges: boolean;
}

/** What every ledger does, whatever it is made of. */
export function ledgerContract(make: MakeStore, depths: Depths): void {
  describe("opening a session", () => {
    openSessionContract(make);
  });
  describe("the application's own users", () => {
    externalUsersContract(make);
  });
  describe("redeeming", () => {
    redeemContract(make);
  });
  describe("the redeem table", () => {
    redeemTableContract(make, depths.redeemTable);
  });
  describe("sessions", () => {
    sessionsContract(make);
  });
  describe("activity", () => {
    activityContract(make);
  });
  describe("everybody's sessions", () => {
    everybodyContract(make);
  });
  describe("pages of events", () => {
    eventPagesContract(make);
    eventCountsContract(make);
  });
  describe("what the feed says of a revocation", () => {
    revocationReasonsContract(make);
  });
  describe("restoring lost revocations", () => {
    restorationContract(make);
  });
  describe("races", () => {
    racesContract(make);
  });
  describe("time", () => {
    timeContract(make);
  });
  describe("users", () => {
    usersContract(make);
  });
  describe("lists of users", () => {
    userListContract(make);
  });
  describe("passwords and one-time codes", () => {
    passwordContract(make);
  });
  describe("attempts", () => {
    attemptsContract(make);
  });
  describe("keys and secrets", () => {
    keysContract(make);
  });
  describe("the life of a signing key", () => {
    keyLifeContract(make);
  });
  describe("replacing secrets", () => {
    secretsContract(make);
  });
  describe("verifiers", () => {
    verifiersContract(make);
  });
  describe("the two logs", () => {
    logsContract(make);
    if (depths.tellsChanges) changesContract(make);
  });
  describe("purging", () => {
    purgeContract(make);
  });
}
