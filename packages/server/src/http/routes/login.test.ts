import { expect, test } from "vitest";
import { createCounterfoil } from "../../index.ts";
import { json, login, testOptions } from "../../../test/options.ts";

test("a sign-in beyond the places and the queue is sent away unread, and those that wait are answered", async () => {
  let checked = 0;
  let release!: () => void;
  const released = new Promise<void>((resolve) => {
    release = resolve;
  });
  const authenticate = async ({ username }: { readonly username: string }) => {
    checked++;
    await released;
    return { subject: username };
  };
  await using cf = createCounterfoil(testOptions({ authenticate, passwordQueue: 2 }));
  // As many as go on at once with the application's own check, and those that may wait.
  const waiting = Array.from({ length: 64 + 2 }, (_, index) => cf.fetch(login(`user-${index}`)));
  await expect.poll(() => checked).toBe(64);

  const late = login("kavya");
  const refused = await cf.fetch(late);
  expect(refused.status).toBe(503);
  expect(refused.headers.get("retry-after")).toBe("1");
  expect(await json(refused)).toMatchObject({ code: "overloaded" });
  expect(late.bodyUsed).toBe(false);

  release();
  const statuses = (await Promise.all(waiting)).map(({ status }) => status);
  expect(new Set(statuses)).toEqual(new Set([200]));
});
