import { expect, test } from "vitest";
import { createCounterfoil } from "../../index.ts";
import { json, login, testOptions } from "../../../test/options.ts";

test("a sign-in beyond the places and the queue is sent away unread, and those that wait are answered", async () => {
  let checked = 0;
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const authenticate = async () => {
    checked++;
    await released;
    return { subject: "user-kavya" };
  };
  await using cf = createCounterfoil(testOptions({ authenticate, passwordQueue: 2 }));
  // As many as go on at once with the application's own check, and those that may wait.
  const waiting = Array.from({ length: 64 + 2 }, () => cf.fetch(login("kavya", {}, { "Sec-Fetch-Site": "none" })));
  await expect.poll(() => checked).toBeGreaterThan(0);

  const late = login("kavya");
  const refused = await cf.fetch(late);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await json(refused)).toMatchObject({ code: "overloaded" });
  expect(late.bodyUsed).toBe(false);

  release();
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  // The limit of one account's attempts holds here as it does anywhere.
  expect(new Set(statuses)).toEqual(new Set([200, 429]));
});
