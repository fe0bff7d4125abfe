import { join } from "node:path";
import { fingerprint, nextSecretStep, Secret } from "@counterfoil/core";
import fc from "fast-check";
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
import { composeCounterfoil } from "./compose.ts";
import type { Counterfoil } from "./counterfoil.ts";
import { ROUTES } from "./http/routes/table.ts";
import { nodeCrypto } from "./platform/node-crypto.ts";
import type { Services } from "./services.ts";

const MINUTE = 60_000;
const DAY = 24 * 60 * MINUTE;
const SEED = 20_261_124;
const start = 1_800_000_000_000;

interface Member {
  readonly cf: Counterfoil;
  readonly services: Services;
  /** What this server's own copy of the list says; it reads it when it looks. */
  list: readonly string[];
}

/** Servers on one ledger and one held clock, each with a list of its own that a test writes. */
async function fleet(first: string, count: number) {
  const directory = await temporaryDirectory();
  const clock = { at: start, now: () => clock.at, monotonic: () => clock.at - start };
  const members: Member[] = [];
  for (let index = 0; index < count; index++) {
    const held: { list: readonly string[]; services?: Services } = { list: [first] };
    const ledger = `sqlite:${join(directory.path, "ledger.db")}`;
    const options = testOptions({ ledger, clock, secret: () => held.list });
    const cf = composeCounterfoil(options, ROUTES, async (services) => void (held.services = services));
    await cf.ready();
    members.push(Object.assign(held, { cf, services: held.services! }));
  }
  return {
    clock,
    members,
    async [Symbol.asyncDispose]() {
      for (const { cf } of members) await cf[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
}

const refresh = (cf: Counterfoil, headers: Readonly<Record<string, string>>) =>
  cf.fetch(request("POST", "/refresh", { Origin: ORIGIN, ...headers }));

test("by the steps of the command, whichever server reads its list first and whoever asks where, every refresh is answered", async () => {
  const order = fc.infiniteStream(fc.nat({ max: 5 }));
  const run = fc.asyncProperty(order, async (choices) => {
    let list: readonly string[] = [newSecret()];
    await using servers = await fleet(list[0]!, 3);
    const { clock, members } = servers;
    const some = () => members[choices.next().value! % members.length]!;
    const remembered = login("kavya", { transport: "cookie", remember: true }, { Origin: ORIGIN });
    let cookie = cookieOf(await some().cf.fetch(remembered));
    let token = (await json(await some().cf.fetch(login("kavya"))))["refresh_token"];
    const met = new Set<number>();
    const use = async () => {
      const byToken = await refresh(some().cf, bearer(token));
      met.add(byToken.status);
      if (byToken.ok) token = (await json(byToken))["refresh_token"];
      const byCookie = await refresh(some().cf, { Cookie: cookie });
      met.add(byCookie.status);
      if (byCookie.ok) cookie = cookieOf(byCookie) || cookie;
    };
    const steps: string[] = [];
    for (let turn = 0; !steps.includes("remove"); turn++) {
      const { ledger } = members[0]!.services;
      const step = nextSecretStep({
        ...(await ledger.listSecrets()),
        held: list.map((text) => fingerprint(nodeCrypto, Secret.parse(nodeCrypto, text, "it"))),
        keys: await ledger.listSigningKeys(),
        neededSeconds: 30 * 24 * 3600,
      });
      if (!step.step.startsWith("wait")) steps.push(step.step);
      if (step.step === "append") list = [...list, newSecret()];
      if (step.step === "move") list = list.toReversed();
      if (step.step === "remove") list = list.slice(0, 1);
      // Somebody copies the list to some of the servers, the others have it later; each looks twice a minute.
      const late = members.toSorted(() => choices.next().value! - 3);
      for (const member of late) {
        await use();
        if (choices.next().value! < 2) member.list = list;
        clock.at += 10_000;
        for (const each of members) if (choices.next().value! % 2 === 0) await each.services.upkeep();
        await use();
      }
      for (const { services } of members) {
        await services.upkeep();
        // Within a second by itself; on this clock that would be days.
        await services.activity.flush();
      }
      clock.at += step.step === "wait_for_sealed" ? 5 * DAY : MINUTE;
      for (const each of members) await each.services.upkeep();
      // Each session is longer than its month only if it began anew.
      if (turn % 4 === 3)
        cookie = cookieOf(
          await some().cf.fetch(login("kavya", { transport: "cookie", remember: true }, { Origin: ORIGIN })),
        );
      if (turn % 4 === 3) token = (await json(await some().cf.fetch(login("kavya"))))["refresh_token"];
    }
    expect(steps).toEqual(["append", "move", "remove"]);
    // Not even 503: nobody seals with what another lacks.
    expect([...met]).toEqual([200]);
    for (const member of members) member.list = list;
    for (const { services } of members) await services.upkeep();
    await use();
    expect((await members[2]!.cf.fetch(request("GET", "/readyz"))).status).toBe(200);
  });
  await fc.assert(run, { seed: SEED, numRuns: 4 });
}, 60_000);

test("a list that is wrong changes nothing, and one that changes while it is used is never seen in halves", async () => {
  const [one, two] = [newSecret(), newSecret()];
  await using servers = await fleet(one, 1);
  const member = servers.members[0]!;
  const { refresh_token } = await json(await member.cf.fetch(login("kavya")));
  member.list = ["cfk_damaged"];
  await member.services.upkeep();
  expect((await member.cf.fetch(request("GET", "/readyz"))).status).toBe(200);
  member.list = [two, one];
  const [, refreshed] = await Promise.all([member.services.upkeep(), refresh(member.cf, bearer(refresh_token))]);
  expect(refreshed.status).toBe(200);
  const next = (await json(refreshed))["refresh_token"];
  servers.clock.at += MINUTE;
  const again = await refresh(member.cf, bearer(next));
  expect(again.status).toBe(200);
  // It is sealed under the new one, whose number is the handle's first byte.
  const handle = String((await json(again))["refresh_token"]).slice("cfr_".length);
  expect(Buffer.from(handle, "base64url")[0]).toBe(2);
  expect((await member.services.ledger.listSigningKeys()).map(({ secretVersion }) => secretVersion)).toEqual([2]);
});
