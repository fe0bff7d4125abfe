import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { createCounterfoil } from "./index.ts";
import type { Notice, OnPasswordReset } from "./index.ts";
import { ISSUER, newSecret, request } from "../test/options.ts";

async function start(onPasswordReset: OnPasswordReset, names: readonly string[] = ["kavya"]) {
  const notices: Notice[] = [];
  const cf = createCounterfoil({
    issuer: ISSUER,
    ledger: "memory:",
    secret: newSecret(),
    onNotice: (notice) => notices.push(notice),
    onPasswordReset,
  });
  for (const username of names) await cf.users.create({ username });
  let asked = 0;
  const reset = async (username = "kavya") => {
    const remoteAddress = `192.0.2.${asked++ % 250}`;
    return (await cf.fetch(request("POST", "/password/reset", {}, { username }), { remoteAddress })).status;
  };
  return { cf, notices, reset };
}

test("what is in the queue when the server stops is still sent", async () => {
  const sent: string[] = [];
  const { cf, reset } = await start(async ({ username }) => {
    await sleep(20);
    sent.push(username);
  });
  expect(await reset()).toBe(202);
  await cf[Symbol.asyncDispose]();
  expect(sent).toEqual(["kavya"]);
});

test("R162 an application that never answers is waited for by four at most, and the queue is bounded", async () => {
  const names = Array.from({ length: 8 }, (_, index) => `user${index}`);
  let waiting = 0;
  let release: () => void = () => undefined;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const { cf, reset } = await start(() => {
    waiting++;
    return released;
  }, names);
  const statuses = [];
  for (let asked = 0; asked < 120; asked++) statuses.push(await reset(names[asked % names.length]));
  await expect.poll(() => waiting).toBe(4);
  const accepted = statuses.filter((status) => status === 202).length;
  // Four under way and a hundred in the queue; whoever finds it full is told so.
  expect([accepted, statuses.at(-1)]).toEqual([104, 503]);
  release();
  await cf[Symbol.asyncDispose]();
});
