import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { CounterfoilOptions } from "./index.ts";
import { ISSUER, login, newSecret, request, testOptions } from "../test/options.ts";

const PASSWORD = "seven plum lanterns orbit quietly";

/** One whose users are the ledger's. */
const ownUsers = (options: Partial<CounterfoilOptions> = {}) =>
  createCounterfoil({ issuer: ISSUER, ledger: "memory:", secret: newSecret(), onNotice: () => undefined, ...options });

const signIn = async (cf: ReturnType<typeof ownUsers>, username: string, password = PASSWORD) =>
  (await cf.fetch(login(username, { password }))).status;

test("users.create: with a password the user signs in, without one by a code; taken and refused are answers", async () => {
  await using cf = ownUsers();
  const created = await cf.users.create({ username: "Grace", roles: ["user"], password: PASSWORD });
  expect(created).toEqual({ outcome: "created", subject: expect.stringMatching(/^usr_/), code: null });
  expect(await signIn(cf, "grace")).toBe(200);
  expect(await cf.users.create({ username: "GRACE", password: PASSWORD })).toEqual({ outcome: "taken" });
  const invited = await cf.users.create({ username: "ada" });
  if (invited.outcome !== "created" || invited.code === null) throw new Error(invited.outcome);
  expect(await signIn(cf, "ada")).toBe(401);
  const body = { code: invited.code.code, new_password: PASSWORD };
  expect((await cf.fetch(request("POST", "/password", {}, body))).status).toBe(204);
  expect(await signIn(cf, "ada")).toBe(200);
  for (const refused of [{ username: " ada" }, { username: "lise", password: "short" }]) {
    expect(await cf.users.create(refused)).toEqual({ outcome: "refused", sentence: expect.stringMatching(/\.$/) });
  }
  await expect(cf.users.create({ username: "lise", roles: ["two words"] })).rejects.toThrow(TypeError);
});

test("users.find and users.list tell of users what there is, by pages", async () => {
  await using cf = ownUsers();
  for (const username of ["anna", "anja", "berta"]) await cf.users.create({ username, roles: ["user"] });
  expect(await cf.users.find("ANNA")).toEqual({
    subject: expect.stringMatching(/^usr_/),
    username: "anna",
    roles: ["user"],
    disabled: false,
    hasPassword: false,
    createdAt: expect.any(Number),
  });
  expect(await cf.users.find("nobody")).toBeNull();
  const first = await cf.users.list({ search: "an", limit: 1 });
  const second = await cf.users.list({ search: "an", limit: 1, after: first.next! });
  expect([first, second].map(({ users }) => users[0]?.username)).toEqual(["anja", "anna"]);
  expect(second.next).toBeNull();
  expect((await cf.users.list()).users).toHaveLength(3);
  for (const query of [{ limit: 0 }, { limit: 1001 }, { limit: 1.5 }, { after: "x" }, { after: first.next! }]) {
    await expect(cf.users.list(query)).rejects.toThrow(TypeError);
  }
});

test("where users are the application's own, nothing here keeps their passwords", async () => {
  await using cf = createCounterfoil(testOptions());
  await expect(cf.users.create({ username: "grace" })).rejects.toThrow(/application's own/);
  await expect(cf.users.resetPassword("user-grace")).rejects.toThrow(TypeError);
});
