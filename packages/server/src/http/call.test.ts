import { expect, test } from "vitest";
import { eventContext, requestIds } from "./call.ts";

test("R161 a user agent's control characters reach no log, and it is cut", () => {
  const agent = (text: string) =>
    eventContext("req_1", new Request("http://localhost/", { headers: { "User-Agent": text } }), null).userAgent;
  expect(agent("curl/8\u009b31m")).toBe("curl/8\ufffd31m");
  expect(agent("x".repeat(1000))).toHaveLength(256);
  expect(eventContext("req_1", new Request("http://localhost/"), null).userAgent).toBeNull();
});

test("request ids of one process differ, and so do those of two", () => {
  const next = requestIds({ bytes: (length) => new Uint8Array(length).fill(1) });
  const other = requestIds({ bytes: (length) => new Uint8Array(length).fill(2) });
  const ids = [next(), next(), other()];
  expect(new Set(ids).size).toBe(3);
  for (const id of ids) expect(id).toMatch(/^req_[\w-]+$/);
});
