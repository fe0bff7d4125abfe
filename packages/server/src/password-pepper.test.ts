import { join } from "node:path";
import { hash } from "@node-rs/argon2";
import { canonicalUsername, fingerprint, newSubject, parsePassword, Secret, systemRandom } from "@counterfoil/core";
import type { Ledger } from "@counterfoil/core";
import { expect, test, vi } from "vitest";
import { json, login, newSecret, temporaryDirectory, testOptions } from "../test/options.ts";
import { composeCounterfoil } from "./compose.ts";
import { describeFault } from "./fault.ts";
import { ROUTES } from "./http/routes/table.ts";
import type { CounterfoilOptions } from "./options.ts";
import { Argon2 } from "./platform/argon2.ts";
import { nodeCrypto } from "./platform/node-crypto.ts";

const PASSWORD = "lantern gravel mitten";
const nameOf = (pepper: string) => fingerprint(nodeCrypto, Secret.parse(nodeCrypto, pepper, "the pepper"));

/** Servers on one ledger with one user of its own, one after the other, each with its own peppers. */
async function servers(passwordHash: string) {
  const directory = await temporaryDirectory();
  const secret = newSecret();
  const options = { ledger: `sqlite:${join(directory.path, "ledger.db")}`, secret };
  const started = async (passwordPepper?: CounterfoilOptions["passwordPepper"]) => {
    const faults: string[] = [];
    let ledger: Ledger | undefined;
    const { authenticate: _, ...own } = testOptions(options);
    const cf = composeCounterfoil(
      {
        ...own,
        ...(passwordPepper !== undefined && { passwordPepper }),
        onNotice: (notice) => notice.type === "fault" && faults.push(describeFault(notice.error).error),
      },
      ROUTES,
      async (services) => {
        ({ ledger } = services);
        await ledger.createUser({
          subject: newSubject(systemRandom),
          username: "kavya",
          canonicalUsername: canonicalUsername("kavya"),
          passwordHash,
          roles: [],
          context: null,
        });
      },
    );
    await cf.ready();
    const signIn = async (password: string) => (await cf.fetch(login("kavya", { password }))).status;
    const stored = async () => (await ledger!.findUser(canonicalUsername("kavya")))?.passwordHash;
    return { cf, faults, signIn, stored, [Symbol.asyncDispose]: () => cf[Symbol.asyncDispose]() };
  };
  return { started, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const weak = () => hash(parsePassword(PASSWORD)!, { memoryCost: 1_024, timeCost: 1, parallelism: 1 });

test("R121 a weak hash that was imported is upgraded at the next sign-in, and nobody is signed out", async () => {
  const imported = await weak();
  await using fleet = await servers(imported);
  await using server = await fleet.started();
  expect(await server.signIn("lantern gravel")).toBe(401);
  expect(await server.stored()).toBe(imported);
  const { access_token: token } = await json(await server.cf.fetch(login("kavya", { password: PASSWORD })));
  const upgraded = await server.stored();
  expect(upgraded).toMatch(/^\$argon2id\$v=19\$m=19456,t=2,p=1\$/);
  expect(await server.cf.verifier.verify(String(token))).toMatchObject({ ok: true });
  expect(await server.signIn(PASSWORD)).toBe(200);
  expect(await server.signIn("lantern gravel")).toBe(401);
  expect(await server.stored()).toBe(upgraded);
});

test("R121 many sign-ins at once upgrade it once, and all succeed", async () => {
  await using fleet = await servers(await weak());
  await using server = await fleet.started();
  const all = await Promise.all(Array.from({ length: 12 }, () => server.signIn(PASSWORD)));
  expect(new Set(all)).toEqual(new Set([200]));
  const upgraded = await server.stored();
  expect(await server.signIn(PASSWORD)).toBe(200);
  expect(await server.stored()).toBe(upgraded);
});

test("R122 a pepper is added, replaced and taken away by signing in; without it a sign-in is a fault of ours", async () => {
  const [first, second] = [newSecret(), newSecret()];
  await using fleet = await servers(await weak());
  {
    await using added = await fleet.started(first);
    expect(await added.signIn(PASSWORD)).toBe(200);
    expect(await added.stored()).toMatch(new RegExp(`^${nameOf(first)}\\$argon2id\\$`));
    expect([await added.signIn(PASSWORD), await added.signIn("lantern gravel")]).toEqual([200, 401]);
  }
  for (const peppers of [undefined, second]) {
    // oxlint-disable-next-line no-await-in-loop -- one server after the other
    await using without = await fleet.started(peppers);
    // Right or wrong, that cannot be known.
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (let round = 0; round < 2; round++) expect(await without.signIn(PASSWORD)).toBe(503);
    // oxlint-disable-next-line no-await-in-loop -- as above
    const answer = await without.cf.fetch(login("kavya", { password: "wrong" }));
    expect(answer.status).toBe(503);
    expect(answer.headers.get("retry-after")).not.toBeNull();
    expect(new Set(without.faults)).toEqual(new Set([expect.stringContaining(`fingerprint ${nameOf(first)}`)]));
    expect(without.faults.join()).toContain("COUNTERFOIL_PASSWORD_PEPPER");
    // Who is not known is told the same.
    // oxlint-disable-next-line no-await-in-loop -- as above
    expect((await without.cf.fetch(login("nobody", { password: "wrong" }))).status).toBe(503);
  }
  {
    await using moved = await fleet.started(`${second},${first}`);
    expect(await moved.signIn(PASSWORD)).toBe(200);
    expect(await moved.stored()).toMatch(new RegExp(`^${nameOf(second)}\\$argon2id\\$`));
  }
  await using after = await fleet.started(second);
  expect(await after.signIn(PASSWORD)).toBe(200);
});

test("R117 with a pepper too, the decoy of an unknown name is made as a known one's hash is", async () => {
  const pepper = newSecret();
  await using fleet = await servers(await weak());
  await using server = await fleet.started(pepper);
  expect(await server.signIn(PASSWORD)).toBe(200);
  const verify = vi.spyOn(Argon2.prototype, "verify");
  for (const username of ["kavya", "nobody"]) {
    // oxlint-disable-next-line no-await-in-loop -- the known one first
    expect((await server.cf.fetch(login(username, { password: "wrong" }))).status).toBe(401);
  }
  const costs = verify.mock.calls.map(([stored]) => stored.split("$").slice(0, -2).join("$"));
  verify.mockRestore();
  const cost = `${nameOf(pepper)}$argon2id$v=19$m=19456,t=2,p=1`;
  expect(costs).toEqual([cost, cost]);
});

test("R122 without the pepper nobody learns by many guesses whom there is: each counts, for the known and the unknown", async () => {
  await using fleet = await servers(await weak());
  {
    await using peppered = await fleet.started(newSecret());
    expect(await peppered.signIn(PASSWORD)).toBe(200);
  }
  await using without = await fleet.started();
  const statuses: number[][] = [];
  for (const username of ["kavya", "nobody"]) {
    const each: number[] = [];
    // oxlint-disable-next-line no-await-in-loop -- one after the other
    for (let n = 0; n < 22; n++) each.push((await without.cf.fetch(login(username, { password: "wrong" }))).status);
    statuses.push(each);
  }
  expect(statuses[1]).toEqual(statuses[0]);
  expect(statuses[0]).toEqual([...Array.from({ length: 20 }, () => 503), 429, 429]);
});
