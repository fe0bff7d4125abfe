import type { Ledger, OpenSession, Subject } from "@counterfoil/core";
import { expect, it } from "vitest";
import { createUser, eventTypes, nameOf, opening, open, revocations, subjectOf } from "../make.ts";
import type { MakeStore } from "../store.ts";

type External = Extract<OpenSession["user"], { kind: "external" }>;

function enter(
  ledger: Ledger,
  subject: Subject,
  claimsVersion: External["claimsVersion"],
  more: Partial<External> = {},
) {
  const user: External = {
    kind: "external",
    subject,
    username: "Ext",
    canonicalUsername: null,
    roles: ["user"],
    claimsVersion,
    ...more,
  };
  return ledger.openSession({ ...opening({ subject, claimsVersion: 0 }), user });
}

export function externalUsersContract(make: MakeStore): void {
  const subject = subjectOf("external");

  it.each([null, "unchecked"] as const)(
    "opened: a first sign-in (version %s) writes the user's row",
    async (version) => {
      await using store = await make();
      const { ledger } = store;
      const name = nameOf("ext");
      const opened = await enter(ledger, subject, version, { roles: ["b", "a", "b"], canonicalUsername: name });
      expect(opened).toMatchObject({ outcome: "opened", session: { roles: ["a", "b"], subject } });
      const found = await ledger.findUser(name);
      expect(found).toMatchObject({ passwordHash: null, user: { subject, username: "Ext", roles: ["a", "b"] } });
      expect(await eventTypes(ledger, { subject })).toEqual(["user_created", "session_opened"]);
      expect(await revocations(ledger)).toEqual([]);
    },
  );

  it("opened: many new users of one name, and one of them twice, at once; one of them has the name", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const canonicalUsername = nameOf("ext");
    const subjects = [0, 1, 2, 3, 4, 4].map((index) => subjectOf(`external${index}`));
    const opened = await Promise.all(
      subjects.map((each, index) => enter(index % 2 === 0 ? ledger : other, each, "unchecked", { canonicalUsername })),
    );
    expect(opened.map(({ outcome }) => outcome)).toEqual(subjects.map(() => "opened"));
    expect((await ledger.findUser(canonicalUsername))?.user.subject).toMatch(/^usr_external/);
  });

  it("claims_moved: a row appeared while the application was checking", async () => {
    await using store = await make();
    const { ledger } = store;
    await enter(ledger, subject, null);
    expect(await enter(ledger, subject, null)).toEqual({ outcome: "claims_moved" });
  });

  it("claims_moved: something was decided while the application was checking", async () => {
    await using store = await make();
    const { ledger } = store;
    await enter(ledger, subject, null);
    const { claimsVersion } = (await ledger.readUser(subject))!.user;
    await ledger.revokeSessions({ subject, except: null, reason: "logout_all", context: null });
    expect(await enter(ledger, subject, claimsVersion)).toEqual({ outcome: "claims_moved" });
    expect(await enter(ledger, subject, claimsVersion + 1)).toMatchObject({ outcome: "opened" });
    expect(await enter(ledger, subject, "unchecked")).toMatchObject({ outcome: "opened" });
  });

  it("claims_moved: a version of a row that never was", async () => {
    await using store = await make();
    expect(await enter(store.ledger, subject, 4)).toEqual({ outcome: "claims_moved" });
  });

  it.each([null, "unchecked", 2] as const)(
    "unknown: a deleted subject (version %s) is never given again",
    async (version) => {
      await using store = await make();
      const { ledger } = store;
      await enter(ledger, subject, null);
      await ledger.deleteUser({ subject, context: null });
      expect(await enter(ledger, subject, version)).toEqual({ outcome: "unknown" });
    },
  );

  it("disabled: whatever the application says", async () => {
    await using store = await make();
    const { ledger } = store;
    await enter(ledger, subject, null);
    await ledger.setDisabled({ subject, disabled: true, context: null });
    expect(await enter(ledger, subject, "unchecked")).toEqual({ outcome: "disabled", subject });
  });

  it("roles that differ are stored, raise the version, and are told to the feed", async () => {
    await using store = await make();
    const { ledger } = store;
    const first = await enter(ledger, subject, null);
    if (first.outcome !== "opened") throw new Error(first.outcome);
    const before = first.session.claimsVersion;
    const second = await enter(ledger, subject, before, { roles: ["admin"] });
    expect(second).toMatchObject({
      outcome: "opened",
      session: { roles: ["admin"], claimsVersion: before + 1 },
    });
    expect(await revocations(ledger)).toEqual([{ type: "claims-changed", sub: subject, claims_version: before + 1 }]);
    expect(await eventTypes(ledger, { subject })).toContain("roles_changed");
    // The older session goes on, with the new roles.
    expect((await ledger.readSession(first.session.sid))?.session.roles).toEqual(["admin"]);
    expect(await enter(ledger, subject, before + 1, { roles: ["admin", "admin"] })).toMatchObject({
      session: { claimsVersion: before + 1 },
    });
  });

  it("a name that another user has stays that user's", async () => {
    await using store = await make();
    const { ledger } = store;
    const own = await createUser(ledger);
    const name = nameOf(own.username!.toLowerCase());
    expect(await enter(ledger, subject, null, { canonicalUsername: name })).toMatchObject({ outcome: "opened" });
    expect((await ledger.findUser(name))?.user.subject).toBe(own.subject);
    expect((await ledger.readUser(subject))?.user.subject).toBe(subject);
  });

  it("of many first sign-ins at once one writes the row, and each one ends as a session or asks for another check", async () => {
    await using store = await make();
    const { ledger, other } = store;
    const all = await Promise.all(
      Array.from({ length: 20 }, (_, index) => enter(index % 2 === 0 ? ledger : other, subject, null)),
    );
    const outcomes = all.map(({ outcome }) => outcome);
    expect(outcomes.filter((outcome) => outcome === "opened")).toHaveLength(1);
    expect(outcomes.filter((outcome) => outcome === "claims_moved")).toHaveLength(19);
  });

  it("an external user may have a session beside one of the same browser's own user", async () => {
    await using store = await make();
    const { ledger } = store;
    const own = await createUser(ledger);
    await open(ledger, own);
    await enter(ledger, subject, null);
    expect(await ledger.listSessions(subject)).toHaveLength(1);
    expect(await ledger.listSessions(own.subject)).toHaveLength(1);
  });

  it("refuses roles that no token could carry with a TypeError, and writes nothing", async () => {
    await using store = await make();
    const { ledger } = store;
    await expect(enter(ledger, subject, null, { roles: ["white space"] })).rejects.toBeInstanceOf(TypeError);
    expect(await ledger.readUser(subject)).toBeNull();
  });
}
