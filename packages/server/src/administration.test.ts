import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { Counterfoil } from "./index.ts";
import { bearer, json, login, request, testOptions } from "../test/options.ts";

const NOBODYS_SID = "ses_AAAAAAAAAAAAAAAAAAAAAA";

/** Signs in, and gives the session's sid and its tokens. */
async function signIn(cf: Counterfoil, username = "kavya") {
  const tokens = await json(await cf.fetch(login(username)));
  const verified = await cf.verifier.verify(String(tokens["access_token"]));
  if (!verified.ok) throw new Error(verified.code);
  return { sid: verified.auth.sid, access: tokens["access_token"], refresh: tokens["refresh_token"] };
}

const me = async (cf: Counterfoil, access: unknown) => (await cf.fetch(request("GET", "/me", bearer(access)))).status;

test("sessions.list gives the user's live sessions, newest first", async () => {
  await using cf = createCounterfoil(testOptions());
  const [first, second, other] = [await signIn(cf), await signIn(cf), await signIn(cf, "arjun")];
  const listed = async (subject: string) => (await cf.sessions.list(subject)).map(({ sid }) => sid);
  expect(new Set(await listed("user-kavya"))).toEqual(new Set([first.sid, second.sid]));
  expect(await listed("user-arjun")).toEqual([other.sid]);
  expect(await listed("nobody")).toEqual([]);
  await cf.sessions.revoke(first.sid);
  expect(await listed("user-kavya")).toEqual([second.sid]);
});

test("sessions.revoke ends one session, and says whether there was anything to end", async () => {
  await using cf = createCounterfoil(testOptions());
  const [ended, kept] = [await signIn(cf), await signIn(cf)];
  expect(await cf.sessions.revoke(ended.sid)).toBe("revoked");
  expect(await me(cf, ended.access)).toBe(401);
  expect(await me(cf, kept.access)).toBe(200);
  expect(await cf.sessions.revoke(ended.sid)).toBe("already_ended");
  expect(await cf.sessions.revoke(NOBODYS_SID)).toBe("unknown");
  expect(await cf.sessions.revoke("no sid at all")).toBe("unknown");
});

test("sessions.revokeAll ends every session of that user, and of no other", async () => {
  await using cf = createCounterfoil(testOptions());
  const [one, two, other] = [await signIn(cf), await signIn(cf), await signIn(cf, "arjun")];
  expect(await cf.sessions.revokeAll("user-kavya")).toBe("revoked");
  expect(await Promise.all([one, two, other].map(({ access }) => me(cf, access)))).toEqual([401, 401, 200]);
  const refreshed = await cf.fetch(request("POST", "/refresh", bearer(one.refresh)));
  expect(refreshed.status).toBe(401);
  expect(await cf.sessions.revokeAll("nobody")).toBe("unknown");
});

test("sessions.amend lets one of two writers win, and no data survives in an ended session", async () => {
  await using cf = createCounterfoil(testOptions());
  const { sid } = await signIn(cf);
  const { version, data } = (await cf.sessions.read(sid))!;
  expect(data).toEqual({});
  const outcomes = await Promise.all([1, 2, 3].map((item) => cf.sessions.amend(sid, version, { item })));
  expect(outcomes.toSorted()).toEqual(["amended", "conflict", "conflict"]);
  const after = (await cf.sessions.read(sid))!;
  expect(after.data).toEqual({ item: outcomes.indexOf("amended") + 1 });
  expect(await cf.sessions.amend(sid, after.version, { item: 4 })).toBe("amended");
  await cf.sessions.revoke(sid);
  const ended = (await cf.sessions.read(sid))!;
  expect(ended).toMatchObject({ endReason: "ended_by_operator", endedAt: expect.any(Number) });
  expect(await cf.sessions.amend(sid, ended.version, { item: 5 })).toBe("revoked");
  expect(await cf.sessions.amend(NOBODYS_SID, 0, {})).toBe("unknown");
  expect(await cf.sessions.read(NOBODYS_SID)).toBeNull();
});

test.each([
  ["an array", []],
  ["null", null],
  ["more than 4 KiB", { text: "x".repeat(4096) }],
  ["what is 4 KiB in UTF-8 alone", { text: "é".repeat(2100) }],
])("sessions.amend does not take %s", async (_, data) => {
  await using cf = createCounterfoil(testOptions());
  const { sid } = await signIn(cf);
  await expect(cf.sessions.amend(sid, 0, data as Record<string, unknown>)).rejects.toThrow(TypeError);
});

test("users.setRoles is a change once, and signs nobody out", async () => {
  await using cf = createCounterfoil(testOptions());
  const { refresh } = await signIn(cf);
  expect(await cf.users.setRoles("user-kavya", ["editor"])).toBe("changed");
  expect(await cf.users.setRoles("user-kavya", ["editor"])).toBe("unchanged");
  expect(await cf.users.setRoles("nobody", ["editor"])).toBe("unknown");
  expect((await cf.fetch(request("POST", "/refresh", bearer(refresh)))).status).toBe(200);
});

test("users.disable ends all sessions and lets nobody in until enable", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access, refresh } = await signIn(cf);
  expect(await cf.users.disable("user-kavya")).toBe("changed");
  expect(await cf.users.disable("user-kavya")).toBe("unchanged");
  expect(await me(cf, access)).toBe(401);
  expect((await cf.fetch(request("POST", "/refresh", bearer(refresh)))).status).toBe(401);
  expect((await cf.fetch(login("kavya"))).status).toBe(401);
  expect(await cf.users.enable("user-kavya")).toBe("changed");
  expect((await cf.fetch(login("kavya"))).status).toBe(200);
  expect(await cf.users.disable("nobody")).toBe("unknown");
});

test("users.delete ends all sessions, and is not undone by a sign-in", async () => {
  await using cf = createCounterfoil(testOptions());
  const { access } = await signIn(cf);
  expect(await cf.users.delete("user-kavya")).toBe("changed");
  expect(await me(cf, access)).toBe(401);
  expect((await cf.fetch(login("kavya"))).status).toBe(401);
  expect(await cf.users.delete("user-kavya")).toBe("unknown");
});

test("an argument that can name nobody is a TypeError", async () => {
  await using cf = createCounterfoil(testOptions());
  await expect(cf.sessions.list("")).rejects.toThrow(TypeError);
  await expect(cf.sessions.revokeAll("")).rejects.toThrow(TypeError);
  await expect(cf.users.disable("")).rejects.toThrow(TypeError);
  await expect(cf.users.setRoles("user-kavya", ["two words"])).rejects.toThrow(TypeError);
});
