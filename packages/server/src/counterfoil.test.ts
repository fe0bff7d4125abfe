import { readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { StoreError } from "@counterfoil/core";
import { expect, test } from "vitest";
import { checkOptions } from "./config/settings.ts";
import { createFacade } from "./counterfoil.ts";
import { createCounterfoil } from "./index.ts";
import type { Notice } from "./index.ts";
import { bearer, json, login, newSecret, request, temporaryDirectory, testOptions } from "../test/options.ts";

test("construction is inert: nothing is on the disk before the first request", async () => {
  await using directory = await temporaryDirectory();
  await using cf = createCounterfoil(
    testOptions({ ledger: `sqlite:${join(directory.path, "new", "counterfoil.db")}` }),
  );
  expect(await readdir(directory.path)).toEqual([]);
  expect((await cf.fetch(request("GET", "/readyz"))).status).toBe(200);
  expect(await readdir(join(directory.path, "new"))).toContain("counterfoil.db");
});

test("what was never used is closed without having been opened", async () => {
  await using directory = await temporaryDirectory();
  const cf = createCounterfoil(testOptions({ ledger: `sqlite:${join(directory.path, "counterfoil.db")}` }));
  await cf[Symbol.asyncDispose]();
  expect(await readdir(directory.path)).toEqual([]);
});

test("cf.fetch can be passed on unbound", async () => {
  await using cf = createCounterfoil(testOptions());
  const { fetch } = cf;
  expect((await fetch(login("kavya"))).status).toBe(200);
});

test("requests that come together at the start share one start", async () => {
  await using directory = await temporaryDirectory();
  await using cf = createCounterfoil(testOptions({ ledger: `sqlite:${join(directory.path, "counterfoil.db")}` }));
  const answers = await Promise.all(
    Array.from({ length: 20 }, () => cf.fetch(request("GET", "/.well-known/jwks.json"))),
  );
  const sets = new Set(await Promise.all(answers.map((answer) => answer.text())));
  expect(sets.size).toBe(1);
});

test("a start that failed is tried again by the next request, and the fault is told", async () => {
  await using directory = await temporaryDirectory();
  const inTheWay = join(directory.path, "data");
  await writeFile(inTheWay, "a file where the directory should be");
  const notices: Notice[] = [];
  const ledger = `sqlite:${join(inTheWay, "counterfoil.db")}`;
  await using cf = createCounterfoil(testOptions({ ledger, onNotice: (notice) => notices.push(notice) }));

  const answer = await cf.fetch(request("GET", "/readyz"));
  expect(answer.status).toBe(503);
  expect(answer.headers.get("retry-after")).toBe("1");
  expect(await json(answer)).toMatchObject({ code: "unavailable" });
  expect(notices).toMatchObject([{ type: "fault", status: 503, error: expect.any(StoreError) }]);
  await expect(cf.ready()).rejects.toThrow(StoreError);

  await rm(inTheWay);
  expect((await cf.fetch(request("GET", "/readyz"))).status).toBe(200);
});

test("where nobody listens for notices, a fault goes to standard error, and its foreign message does not", async () => {
  const written: unknown[] = [];
  const { error } = console;
  console.error = (text: unknown) => written.push(text);
  try {
    const { onNotice: _, ...options } = testOptions({
      authenticate: () => Promise.reject(new Error("password123 in a message")),
    });
    await using cf = createCounterfoil(options);
    expect((await cf.fetch(login("kavya"))).status).toBe(503);
  } finally {
    console.error = error;
  }
  expect(written).toHaveLength(1);
  expect(written[0]).toContain("counterfoil: POST /login: The application could not check its user.");
  expect(written[0]).not.toContain("password123");
});

test("after it is closed it answers 503, and does not open anything again", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "data");
  const notices: Notice[] = [];
  const ledger = `sqlite:${join(path, "counterfoil.db")}`;
  const cf = createCounterfoil(testOptions({ ledger, onNotice: (notice) => notices.push(notice) }));
  const { access_token } = await json(await cf.fetch(login("kavya")));
  await Promise.all([cf[Symbol.asyncDispose](), cf[Symbol.asyncDispose]()]);
  await rm(path, { recursive: true });

  const late = request("GET", "/me", bearer(access_token));
  expect((await cf.fetch(late.clone())).status).toBe(503);
  expect(await cf.verifier.verifyRequest(late)).toMatchObject({ ok: false, code: "unavailable", status: 503 });
  expect((await cf.signIn(request("POST", "/own"), { subject: "user-kavya" })).status).toBe(503);
  expect(notices).toEqual([]);
  expect(await readdir(directory.path)).toEqual([]);
});

test("what it answered before it is closed is in the ledger after", async () => {
  await using directory = await temporaryDirectory();
  const options = testOptions({ ledger: `sqlite:${join(directory.path, "counterfoil.db")}`, secret: newSecret() });
  const before = createCounterfoil(options);
  const { refresh_token } = await json(await before.fetch(login("kavya")));
  await before[Symbol.asyncDispose]();
  await using after = createCounterfoil(options);
  expect((await after.fetch(request("POST", "/refresh", bearer(refresh_token)))).status).toBe(200);
});

test("an application that answers undefined for nobody, as Array.find does, refuses like one that answers null", async () => {
  const users: { readonly subject: string }[] = [];
  const authenticate = (async () =>
    users.find(({ subject }) => subject === "nobody")) as unknown as () => Promise<null>;
  await using cf = createCounterfoil(testOptions({ authenticate }));
  const answer = await cf.fetch(login("kavya"));
  expect(answer.status).toBe(401);
  expect(await json(answer)).toMatchObject({ code: "invalid_credentials" });
});

test.each([
  [
    "throws",
    () => {
      throw new Error("the disk of the log is full");
    },
  ],
  [
    "rejects",
    async () => {
      throw new Error("the log's host is away");
    },
  ],
])("a log that %s fails no request", async (_name, onNotice) => {
  const unhandled: unknown[] = [];
  const note = (reason: unknown) => unhandled.push(reason);
  process.on("unhandledRejection", note);
  try {
    await using cf = createCounterfoil(testOptions({ onNotice, authenticate: () => Promise.reject(new Error("out")) }));
    expect((await cf.fetch(request("GET", "/me"))).status).toBe(401);
    expect((await cf.fetch(login("kavya"))).status).toBe(503);
    await cf[Symbol.asyncDispose]();
    expect((await cf.fetch(request("GET", "/me"))).status).toBe(503);
    await new Promise((resolve) => setTimeout(resolve, 10));
  } finally {
    process.off("unhandledRejection", note);
  }
  expect(unhandled).toEqual([]);
});

test("request ids of two processes differ from the first request on, and do not repeat when the start succeeds", async () => {
  await using directory = await temporaryDirectory();
  const inTheWay = join(directory.path, "data");
  await writeFile(inTheWay, "a file where the directory should be");
  const ledger = `sqlite:${join(inTheWay, "counterfoil.db")}`;
  const seen = new Set<string | null>();
  const ask = async (cf: { fetch: (asked: Request) => Promise<Response> }) =>
    seen.add((await cf.fetch(request("GET", "/readyz"))).headers.get("request-id"));
  await using one = createCounterfoil(testOptions({ ledger }));
  await using other = createCounterfoil(testOptions({ ledger }));
  await ask(one);
  await ask(other);
  await rm(inTheWay);
  await ask(one);
  await ask(other);
  expect(seen.size).toBe(4);
  expect(new Set([...seen].map((id) => id?.slice(4, 12))).size).toBe(2);
});

test("what was opened is closed in reverse, each part whatever became of the others, before a failed start ends", async () => {
  const closed: string[] = [];
  const part = (name: string, error?: Error): AsyncDisposable => ({
    [Symbol.asyncDispose]: async () => {
      closed.push(name);
      if (error !== undefined) throw error;
    },
  });
  const stuck = new Error("stuck");
  const starting = new Error("no start");
  const cf = createFacade({
    settings: checkOptions(testOptions()),
    routes: [],
    nextRequestId: () => "req_test",
    notice: () => undefined,
    start: async (onClose) => {
      onClose(part("ledger"));
      onClose(part("follower", stuck));
      onClose(part("recorder"));
      throw starting;
    },
  });
  await expect(cf.ready()).rejects.toBe(starting);
  expect(closed.splice(0)).toEqual(["recorder", "follower", "ledger"]);
  await cf[Symbol.asyncDispose]();
  expect(closed).toEqual([]);
});

test("what authenticate() gives that is no user is a bug of the application's: 500, and the sentence for its log", async () => {
  const notices: Notice[] = [];
  await using cf = createCounterfoil(
    testOptions({ authenticate: async () => ({ subject: "" }), onNotice: (notice) => void notices.push(notice) }),
  );
  expect((await cf.fetch(login("kavya"))).status).toBe(500);
  expect(notices).toMatchObject([{ type: "fault", status: 500 }]);
  expect(String(notices[0]?.type === "fault" && notices[0].error)).toMatch(
    /authenticate\(\): the user must have a subject/,
  );
});
