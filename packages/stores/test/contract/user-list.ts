import type { CanonicalUsername, Ledger, ListUsers, UserCursor } from "@counterfoil/core";
import { expect, it } from "vitest";
import { createUser, nameOf, subjectOf } from "../make.ts";
import type { MakeStore } from "../store.ts";

/** The subjects of all pages, page by page. */
async function pages(ledger: Ledger, input: Omit<ListUsers, "after">): Promise<string[][]> {
  const all: string[][] = [];
  let after: UserCursor | null | undefined;
  do {
    const page = await ledger.listUsers({ ...input, after: after ?? undefined });
    all.push(page.users.map(({ subject }) => subject));
    after = page.next;
  } while (after !== null);
  return all;
}

async function add(ledger: Ledger, name: string, passwordHash: string | null = "hash"): Promise<void> {
  const username = name.toUpperCase();
  const subject = subjectOf(name);
  await ledger.createUser({
    subject,
    username,
    canonicalUsername: nameOf(name),
    passwordHash,
    roles: [],
    context: null,
  });
}

export function userListContract(make: MakeStore): void {
  it("newest first, page by page, each user once, also those of one millisecond", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    expect(await ledger.listUsers({ limit: 5 })).toEqual({ users: [], next: null });
    for (const name of ["a", "b", "c"]) await add(ledger, name);
    clock.step(1);
    for (const name of ["d", "e"]) await add(ledger, name);
    const newest = ["e", "d", "c", "b", "a"].map(subjectOf);
    expect(await pages(ledger, { limit: 5 })).toEqual([newest]);
    expect(await pages(ledger, { limit: 1 })).toEqual(newest.map((subject) => [subject]));
    expect(await pages(ledger, { limit: 2 })).toEqual([newest.slice(0, 2), newest.slice(2, 4), newest.slice(4)]);
  });

  it("tells of each user what there is to tell, and of a deleted one nothing", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    await add(ledger, "invited", null);
    const user = await createUser(ledger, ["admin"]);
    await ledger.setDisabled({ subject: user.subject, disabled: true, context: null });
    clock.stepSeconds(1);
    await add(ledger, "gone");
    await ledger.deleteUser({ subject: subjectOf("gone"), context: null });
    const { users } = await ledger.listUsers({ limit: 10 });
    expect(users.toSorted((left, right) => (left.hasPassword ? 1 : 0) - (right.hasPassword ? 1 : 0))).toEqual([
      expect.objectContaining({ subject: subjectOf("invited"), username: "INVITED", hasPassword: false, roles: [] }),
      { ...user, claimsVersion: 2, disabled: true, hasPassword: true },
    ]);
    expect(await ledger.listUsers({ namePrefix: nameOf("gone"), limit: 10 })).toEqual({ users: [], next: null });
  });

  it("by name where a prefix is given: those alone, in the names' order, page by page", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (const name of ["kb", "k", "ka%", "ka", "l", "K_", "kaz", "ka\u{1f511}", "j"]) {
      clock.step(1);
      await add(ledger, name);
    }
    const found = ["ka", "ka%", "kaz", "ka\u{1f511}"].map(subjectOf);
    expect(await pages(ledger, { namePrefix: nameOf("ka"), limit: 10 })).toEqual([found]);
    expect(await pages(ledger, { namePrefix: nameOf("ka"), limit: 3 })).toEqual([found.slice(0, 3), found.slice(3)]);
    for (const prefix of ["ka%", "' OR 1=1 --", "%", "_"]) {
      const { users } = await ledger.listUsers({ namePrefix: prefix as CanonicalUsername, limit: 10 });
      expect(users.map(({ subject }) => subject)).toEqual(prefix === "ka%" ? [subjectOf("ka%")] : []);
    }
  });

  it("a page goes on behind a user who is gone, and a new one does not move it", async () => {
    await using store = await make();
    const { ledger, clock } = store;
    for (const name of ["a", "b", "c", "d"]) {
      clock.step(1);
      await add(ledger, name);
    }
    for (const namePrefix of [undefined, nameOf("")]) {
      const { users, next } = await ledger.listUsers({ namePrefix, limit: 2 });
      const last = users.at(-1)!.subject;
      clock.step(1);
      await add(ledger, namePrefix === undefined ? "e" : "0");
      await ledger.deleteUser({ subject: last, context: null });
      const rest = await ledger.listUsers({ namePrefix, limit: 10, after: next! });
      expect(rest.users.map(({ subject }) => subject)).toEqual(
        (namePrefix === undefined ? ["b", "a"] : ["d", "e"]).map(subjectOf),
      );
    }
  });
}
