import { expect, test, vi } from "vitest";
import { Argon2 } from "../packages/server/src/platform/argon2.ts";
import { outsideOf } from "./support/answer.ts";
import { from, stranger } from "./support/crowd.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { startServer } from "./support/server.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const PASSWORD = "a long password";

test("R154 a flood of sign-ins beyond the places and their queue is 503 for the surplus, while all that needs no password is answered", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  await using server = await startServer({
    data: directory.path,
    env: { COUNTERFOIL_PASSWORD_CONCURRENCY: "1", COUNTERFOIL_PASSWORD_QUEUE: "4" },
    flags: ["--trust-proxy", "127.0.0.1"],
  });
  const bearer = await signIn(server, KAVYA);
  const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
  const leaving = await signIn(server, KAVYA);
  const flood = new AbortController();
  const counts = { checked: 0, overloaded: 0, other: 0 };
  // More at once than the one place and the queue take, for as long as the rest goes on; each of another name and from
  // another address, or the limits of guesses would end the flood.
  let names = 0;
  const flooding = Array.from({ length: 16 }, async () => {
    while (!flood.signal.aborted) {
      const body = { username: `flooder-${names}`, password: PASSWORD };
      const { status, body: said } = await call(server, "POST", "/login", { ...from(stranger(names++)), body });
      if (status === 401) counts.checked++;
      else if (status === 503 && said["code"] === "overloaded") counts.overloaded++;
      else counts.other++;
    }
  });
  await expect.poll(() => counts.overloaded, { timeout: 20_000 }).toBeGreaterThan(0);
  const overloadedBefore = counts.overloaded;
  const answers = [
    await call(server, "GET", "/me", { token: bearer.access }),
    await call(server, "GET", "/me", { cookie }),
    await call(server, "POST", "/refresh", { token: bearer.refresh }),
    await call(server, "POST", "/refresh", { cookie }),
    await call(server, "POST", "/logout", { token: leaving.refresh }),
    await call(server, "GET", "/healthz"),
    await call(server, "GET", "/readyz"),
  ];
  await expect.poll(() => counts.overloaded, { timeout: 20_000 }).toBeGreaterThan(overloadedBefore);
  flood.abort();
  await Promise.all(flooding);
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200, 204, 200, 200]);
  expect(counts.checked).toBeGreaterThan(0);
  expect(counts.other).toBe(0);
  // The surplus was told to wait, and when it is over there is room.
  await signIn(server, KAVYA);
});

test("R117 an unknown user, a wrong password, a disabled user and one without a password look the same, header for header", async () => {
  await using server = await startLocal({
    users: [
      { username: "known", password: PASSWORD },
      { username: "disabled", password: PASSWORD },
      { username: "invited", password: null },
    ],
  });
  const { sub } = await signIn(server, { username: "disabled", password: PASSWORD });
  expect(await server.cf.users.disable(sub)).toBe("changed");
  const seen = new Set<string>();
  for (const transport of [{}, { transport: "cookie" }, { transport: "bearer", remember: true }]) {
    for (const [username, password] of [
      ["nobody", PASSWORD],
      ["known", "a wrong password"],
      ["disabled", PASSWORD],
      ["disabled", "a wrong password"],
      ["invited", PASSWORD],
    ]) {
      seen.add(outsideOf(await call(server, "POST", "/login", { body: { username, password, ...transport } })));
    }
  }
  expect(seen.size).toBe(1);
  expect([...seen][0]).toContain('"error\\":\\"Invalid credentials');
});

test("R117 each of them costs one password hash: none is refused before the work that a known user's takes", async () => {
  await using server = await startLocal({
    users: [
      { username: "known", password: PASSWORD },
      { username: "disabled", password: PASSWORD },
      { username: "invited", password: null },
    ],
  });
  const { sub } = await signIn(server, { username: "disabled", password: PASSWORD });
  await server.cf.users.disable(sub);
  const verify = vi.spyOn(Argon2.prototype, "verify");
  const counted: unknown[] = [];
  for (const username of ["known", "nobody", "invited", "disabled"]) {
    verify.mockClear();
    await call(server, "POST", "/login", { body: { username, password: "wrong" } });
    counted.push([username, verify.mock.calls.length]);
  }
  verify.mockRestore();
  expect(counted).toEqual([
    ["known", 1],
    ["nobody", 1],
    ["invited", 1],
    ["disabled", 1],
  ]);
});
