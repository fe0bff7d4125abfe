import { expect, test } from "vitest";
import { createCounterfoil } from "../index.ts";
import type { Notice } from "../index.ts";
import { bearer, cookieOf, json, login, ORIGIN, request, testOptions } from "../../test/options.ts";

const BROWSER = { "Sec-Fetch-Site": "same-origin" };

/** An application whose hook a test breaks and mends; the clock moves so that a second presentation would be reuse. */
function hooked() {
  let claims: () => unknown = () => ({ tenant_id: "t" });
  let now = Date.UTC(2026, 0, 1);
  const notices: Notice[] = [];
  const cf = createCounterfoil(
    testOptions({
      claims: () => claims() as Record<string, unknown>,
      clock: { now: () => now, monotonic: () => now },
      onNotice: (notice) => notices.push(notice),
    }),
  );
  return {
    cf,
    notices,
    minutes: (count: number) => (now += count * 60_000),
    answers: (next: () => unknown) => (claims = next),
  };
}

const throwing = () => {
  throw new Error("password123 in a message");
};

const BROKEN = [
  ["throws", throwing, 503, "unavailable"],
  ["is async", async () => ({ tenant_id: "t" }), 500, "internal"],
  ["rejects", async () => throwing(), 500, "internal"],
  ["gives an array", () => ["t"], 500, "internal"],
  ["gives a reserved claim", () => ({ sub: "somebody else" }), 500, "internal"],
] as const;

test.each(BROKEN)("a claims() that %s costs nobody the refresh token", async (_name, broken, status, code) => {
  const { cf, notices, minutes, answers } = hooked();
  await using _ = cf;
  const { refresh_token } = await json(await cf.fetch(login("kavya")));
  answers(broken);
  const refused = await cf.fetch(request("POST", "/refresh", bearer(refresh_token)));
  expect([refused.status, await json(refused)]).toMatchObject([status, { code }]);
  expect(refused.headers.get("retry-after")).toBe(status === 503 ? "1" : null);
  expect(notices).toMatchObject([{ type: "fault", status, route: "/refresh" }]);
  minutes(5);
  answers(() => ({ tenant_id: "t" }));
  expect((await cf.fetch(request("POST", "/refresh", bearer(refresh_token)))).status).toBe(200);
});

test.each(BROKEN)(
  "a claims() that %s costs nobody the cookie that is re-authenticated",
  async (_name, broken, status) => {
    const { cf, answers } = hooked();
    await using _ = cf;
    const Cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
    const prove = () => cf.fetch(request("POST", "/reauthenticate", { ...BROWSER, Cookie }, { password: "right" }));
    answers(broken);
    expect((await prove()).status).toBe(status);
    expect((await cf.fetch(request("GET", "/me", { Cookie }))).status).toBe(200);
    answers(() => undefined);
    expect((await prove()).status).toBe(200);
  },
);

test.each(BROKEN)(
  "a claims() that %s at a sign-in leaves the session that the browser had",
  async (_name, broken, status) => {
    const { cf, answers } = hooked();
    await using _ = cf;
    const Cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
    answers(broken);
    expect((await cf.fetch(login("kavya", {}, { ...BROWSER, Cookie }))).status).toBe(status);
    expect((await cf.signIn(request("POST", "/own", { ...BROWSER, Cookie }), { subject: "user-kavya" })).status).toBe(
      status === 503 ? 503 : 500,
    );
    expect((await cf.fetch(request("GET", "/me", { Cookie }))).status).toBe(200);
    // Nor is one left that nobody holds.
    expect(await cf.sessions.list("user-kavya")).toHaveLength(1);
  },
);

test("a claims() that throws at the mint alone is 503 too", async () => {
  const { cf, answers } = hooked();
  await using _ = cf;
  const { refresh_token } = await json(await cf.fetch(login("kavya")));
  let asked = 0;
  answers(() => (asked++ === 0 ? {} : throwing()));
  const refused = await cf.fetch(request("POST", "/refresh", bearer(refresh_token)));
  expect([refused.status, asked]).toEqual([503, 2]);
});

test("after a sign-in this process refuses at once what the sign-in made old", async () => {
  let roles = ["user"];
  await using cf = createCounterfoil(testOptions({ authenticate: async () => ({ subject: "user-kavya", roles }) }));
  const before = await json(await cf.fetch(login("kavya")));
  const cookie = cookieOf(await cf.fetch(login("kavya", {}, BROWSER)));
  const Cookie = cookie;
  const own = new Request(`${ORIGIN}/orders`, { headers: { Cookie } });
  expect(await cf.verifier.verifyRequest(own)).toMatchObject({ ok: true, auth: { roles: ["user"] } });
  roles = ["admin"];
  await cf.fetch(login("kavya"));
  expect(await cf.verifier.verify(String(before["access_token"]))).toMatchObject({ ok: false, code: "claims_changed" });
  expect(await cf.verifier.verifyRequest(own)).toMatchObject({ ok: true, auth: { roles: ["admin"] } });
});

test("after a sign-in that was one too many this process refuses at once the session that ended by it", async () => {
  const { cf, minutes } = hooked();
  await using _ = cf;
  const user = { subject: "user-kavya" };
  const first = await json(await cf.signIn(request("POST", "/own"), user));
  // Of those that have been inactive for equally long any may end.
  minutes(1);
  for (let index = 0; index < 49; index++) await cf.signIn(request("POST", "/own"), user);
  expect(await cf.verifier.verify(String(first["access_token"]))).toMatchObject({ ok: true });
  await cf.fetch(login("kavya"));
  expect(await cf.verifier.verify(String(first["access_token"]))).toMatchObject({ ok: false, code: "invalid_token" });
});

test("/me shows at once that a client with tokens has proved presence again", async () => {
  const { cf, minutes } = hooked();
  await using _ = cf;
  const { access_token } = await json(await cf.fetch(login("kavya")));
  const authTime = async (token: unknown) => {
    const { session } = (await json(await cf.fetch(request("GET", "/me", bearer(token))))) as {
      session: { auth_time: number };
    };
    return session.auth_time;
  };
  const before = await authTime(access_token);
  minutes(2);
  const proved = await json(
    await cf.fetch(request("POST", "/reauthenticate", bearer(access_token), { password: "right" })),
  );
  expect(await authTime(proved["access_token"])).toBe(before + 120);
});
