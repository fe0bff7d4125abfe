import { existsSync, readFileSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, beforeEach, expect, test } from "vitest";
import { get, post } from "../client.ts";
import type { Answer } from "../client.ts";
import { startExample } from "../start-example.ts";
import type { StartedExample } from "../start-example.ts";

let folder: string;
let before: StartedExample;
let after: StartedExample;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), "counterfoil-move-"));
  const kept = { OLD_SESSIONS: join(folder, "sessions.json"), LEDGER: join(folder, "counterfoil.db") };
  before = await startExample("from-express-session/before.ts", kept);
  after = await startExample("from-express-session/server.ts", kept);
});
afterAll(async () => {
  await before[Symbol.asyncDispose]();
  await after[Symbol.asyncDispose]();
  await rm(folder, { recursive: true, force: true });
});

/** A browser: it keeps the cookies of both, and sends them with each request. */
class Browser {
  readonly #cookies = new Map<string, string>();

  keep(answer: Answer): Answer {
    for (const cookie of answer.headers.getSetCookie()) {
      const [pair] = cookie.split(";", 1) as [string];
      const [name, value] = pair.split("=", 2) as [string, string];
      if (value === "" || cookie.includes("Max-Age=0")) this.#cookies.delete(name);
      else this.#cookies.set(name, value);
    }
    return answer;
  }

  get cookies(): readonly string[] {
    return [...this.#cookies.keys()].toSorted();
  }

  /** @param dest what the request is for: a page, or `empty` for one that a page's script makes */
  async open(dest = "document", site = "same-origin"): Promise<Answer> {
    return this.keep(await this.lose(dest, site));
  }

  /** The same, and the answer is lost on its way. */
  lose(dest = "document", site = "same-origin"): Promise<Answer> {
    return get(`${after.url}/`, this.#headers(dest, site));
  }

  async logout(): Promise<Answer> {
    return this.keep(await post(`${after.url}/auth/logout`, undefined, this.#headers("empty", "same-origin")));
  }

  #headers(dest: string, site: string) {
    const Cookie = [...this.#cookies].map(([name, value]) => `${name}=${value}`).join("; ");
    return { Cookie, "Sec-Fetch-Site": site, "Sec-Fetch-Dest": dest };
  }
}

let browser: Browser;
beforeEach(async () => {
  browser = new Browser();
  browser.keep(await post(`${before.url}/login/1`, undefined));
  expect(browser.cookies).toEqual(["connect.sid"]);
});

const oldSessions = () => {
  const path = join(folder, "sessions.json");
  return existsSync(path) ? Object.keys(JSON.parse(readFileSync(path, "utf8")) as object).length : 0;
};

test("who was signed in before the move is signed in after it, and has the new cookie", async () => {
  expect(await browser.open()).toMatchObject({ status: 200, body: { message: "Welcome kavya" } });
  expect(browser.cookies).toEqual(["connect.sid", "session_id"]);
  const left = oldSessions();
  expect(await browser.open()).toMatchObject({ status: 200, body: { message: "Welcome kavya" } });
  expect(oldSessions()).toBe(left - 1);
});

test("an answer that is lost on its way signs nobody out", async () => {
  const kept = oldSessions();
  expect(await browser.lose()).toMatchObject({ status: 200 });
  // The old session goes only once the new cookie has come back.
  expect([oldSessions(), browser.cookies]).toEqual([kept, ["connect.sid"]]);
  expect(await browser.open()).toMatchObject({ status: 200 });
  expect(await browser.open()).toMatchObject({ status: 200 });
  expect(oldSessions()).toBe(kept - 1);
});

test("a page's other requests, all at once, make no session each", async () => {
  const answers = await Promise.all(Array.from({ length: 20 }, () => browser.open("empty")));
  expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 20 }, () => 200));
  expect(browser.cookies).toEqual(["connect.sid"]);
});

test("a sign-out is one: neither cookie signs in after it", async () => {
  await browser.open();
  const both = browser.cookies;
  expect(both).toHaveLength(2);
  expect(await browser.logout()).toMatchObject({ status: 204 });
  expect(await browser.open()).toMatchObject({ status: 401 });
});

test("a link from another site's page leaves everything as it was", async () => {
  expect(await browser.open("document", "cross-site")).toMatchObject({ status: 200 });
  expect(browser.cookies).toEqual(["connect.sid"]);
});
