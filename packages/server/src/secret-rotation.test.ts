import { join } from "node:path";
import { expect, test } from "vitest";
import {
  bearer,
  cookieOf,
  json,
  login,
  newSecret,
  ORIGIN,
  request,
  temporaryDirectory,
  testOptions,
} from "../test/options.ts";
import { createCounterfoil } from "./compose.ts";

const DAY_MS = 24 * 3600_000;
const start = 1_800_000_000_000;

/** Servers on one ledger, each with its own list of secrets; the clock is shared, and a test moves it. */
async function fleet() {
  const directory = await temporaryDirectory();
  const clock = { at: start, now: () => clock.at, monotonic: () => clock.at - start };
  const server = (...secret: string[]) =>
    createCounterfoil(testOptions({ ledger: `sqlite:${join(directory.path, "ledger.db")}`, secret, clock }));
  return { clock, server, [Symbol.asyncDispose]: () => directory[Symbol.asyncDispose]() };
}

const ready = (cf: ReturnType<typeof createCounterfoil>) => cf.fetch(request("GET", "/readyz"));

const refresh = (cf: ReturnType<typeof createCounterfoil>, headers: Readonly<Record<string, string>>) =>
  cf.fetch(request("POST", "/refresh", { Origin: ORIGIN, ...headers }));

test("a secret is appended, moved first and taken away, and everybody stays signed in", async () => {
  await using servers = await fleet();
  const [s1, s2] = [newSecret(), newSecret()];
  let cookie: string;
  let token: unknown;
  {
    await using before = servers.server(s1);
    cookie = cookieOf(await before.fetch(login("kavya", { transport: "cookie", remember: true }, { Origin: ORIGIN })));
    token = (await json(await before.fetch(login("kavya"))))["refresh_token"];
  }
  {
    await using old = servers.server(s1);
    await using appended = servers.server(s1, s2);
    expect((await ready(appended)).status).toBe(200);
    // Nobody seals with the new one yet, so a server that has not got it is as good as before.
    expect((await ready(old)).status).toBe(200);
  }
  {
    await using moved = servers.server(s2, s1);
    expect((await ready(moved)).status).toBe(200);
    const byCookie = await refresh(moved, { Cookie: cookie });
    expect(byCookie.status).toBe(200);
    // Sealed again at its use, under the secret that seals now.
    expect(cookieOf(byCookie)).not.toBe("");
    expect(cookieOf(byCookie)).not.toBe(cookie);
    cookie = cookieOf(byCookie);
    expect(cookieOf(await refresh(moved, { Cookie: cookie }))).toBe("");
    const byToken = await refresh(moved, bearer(token));
    expect(byToken.status).toBe(200);
    token = (await json(byToken))["refresh_token"];
  }
  servers.clock.at += 31_000;
  {
    await using early = servers.server(s2);
    expect((await refresh(early, { Cookie: cookie })).status).toBe(200);
    expect((await refresh(early, bearer(token))).status).toBe(200);
    // Something that the old one sealed may live for thirty days more.
    const answer = await ready(early);
    expect(answer.status).toBe(503);
    expect((await json(answer))["error"]).toMatch(/fingerprints [\w-]{16}\)/);
  }
  servers.clock.at += 31 * DAY_MS;
  await using after = servers.server(s2);
  expect((await ready(after)).status).toBe(200);
});

test("a server that lacks a secret that others seal with answers 503, and never refuses what they sealed", async () => {
  await using servers = await fleet();
  const [s1, s2] = [newSecret(), newSecret()];
  await using lacking = servers.server(s1);
  expect((await ready(lacking)).status).toBe(200);
  await using other = servers.server(s2, s1);
  const cookie = cookieOf(await other.fetch(login("kavya", { transport: "cookie" }, { Origin: ORIGIN })));
  const { refresh_token } = await json(await other.fetch(login("kavya")));
  servers.clock.at += 1_000;
  for (const headers of [{ Cookie: cookie }, bearer(refresh_token)]) {
    const refreshed = await refresh(lacking, headers);
    expect([refreshed.status, refreshed.headers.get("retry-after")]).toEqual([503, "1"]);
    const left = await lacking.fetch(request("POST", "/logout", { Origin: ORIGIN, ...headers }));
    expect(left.status).toBe(503);
  }
  expect((await lacking.fetch(request("GET", "/me", { Cookie: cookie }))).status).toBe(503);
  expect((await ready(lacking)).status).toBe(503);
  // A number that nobody gave a secret is a forgery, as ever.
  const invented = `cfr_${Buffer.alloc(37, 200).toString("base64url")}`;
  expect((await refresh(lacking, bearer(invented))).status).toBe(401);
  expect((await refresh(other, bearer(refresh_token))).status).toBe(200);
});

test("a token under a key that another process has made since is accepted, and its key is served", async () => {
  await using directory = await temporaryDirectory();
  const options = testOptions({ ledger: `sqlite:${join(directory.path, "ledger.db")}` });
  await using first = createCounterfoil(options);
  await first.ready();
  await using second = createCounterfoil({ ...options, algorithm: "Ed25519" });
  const { access_token } = await json(await second.fetch(login("kavya")));
  expect((await first.fetch(request("GET", "/me", bearer(access_token)))).status).toBe(200);
  const { keys } = (await json(await first.fetch(request("GET", "/.well-known/jwks.json")))) as {
    keys: { alg: string }[];
  };
  expect(keys.map(({ alg }) => alg).toSorted()).toEqual(["ES256", "Ed25519"]);
});
