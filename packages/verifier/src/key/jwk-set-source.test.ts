import { Buffer } from "node:buffer";
import type { ServerResponse } from "node:http";
import { describe, expect, test } from "vitest";
import { newCounters } from "../verifier/counters.ts";
import { JwkSetSource } from "./jwk-set-source.ts";
import { FeedServer, sendJson } from "../../test/feed-server.ts";
import { follow, outcomeOf, outcomesOf, until } from "../../test/follow.ts";
import type { Following } from "../../test/follow.ts";
import { HeldClock } from "../../test/held-clock.ts";
import { generateSigningKey, mint, newSid } from "../../test/mint.ts";

const JWKS = "/.well-known/jwks.json";

/** Lets the server answer so, where it is asked for its keys. */
function answerKeys(server: FeedServer, answer: (response: ServerResponse) => void): void {
  server.intercept = (request, response) => {
    if (request.url !== `/auth${JWKS}`) return false;
    answer(response);
    return true;
  };
}

const foreign = ({ server }: Following, kid: string) =>
  mint(generateSigningKey("Ed25519", kid), { iss: server.issuer });

/** Time passes, and the feed goes on. */
async function pass({ clock, server, verifier }: Following, milliseconds: number): Promise<void> {
  for (let passed = 0; passed < milliseconds; passed += 500) {
    const { receipts } = verifier.status;
    clock.advance(500);
    server.open[0]!.receipt();
    await until(() => verifier.status.receipts > receipts);
  }
}

describe("R041 an unknown kid", () => {
  test("is fetched for once in ten seconds, however many come; known ones still verify", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, token } = following;
    await verifier.ready();
    await pass(following, 10_000);
    const key = generateSigningKey("Ed25519", "x");
    const [header, ...rest] = mint(key, { iss: server.issuer }).split(".");
    const named = (index: number) => {
      const text = Buffer.from(header!, "base64url").toString().replace('"x"', `"random-${index}"`);
      return [Buffer.from(text).toString("base64url"), ...rest].join(".");
    };
    const verdicts = Array.from({ length: 10_000 }, (_, index) => verifier.verify(named(index)));
    expect(new Set(await outcomesOf(verdicts))).toEqual(new Set(["unknown_key"]));
    expect(server.count(JWKS)).toBe(2);
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    // Those of the next ten seconds wait for nothing.
    expect(outcomeOf(await verifier.verify(named(0)))).toBe("unknown_key");
    expect(server.count(JWKS)).toBe(2);
    await pass(following, 10_000);
    expect(outcomeOf(await verifier.verify(named(0)))).toBe("unknown_key");
    expect(server.count(JWKS)).toBe(3);
  });

  test("that is new is found, by one fetch that all share who wait", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server } = following;
    await verifier.ready();
    await pass(following, 10_000);
    const added = generateSigningKey("Ed25519", "added");
    server.jwks.push(added.jwk);
    const tokens = Array.from({ length: 5 }, () => mint(added, { iss: server.issuer }));
    expect(await outcomesOf(tokens.map((each) => verifier.verify(each)))).toEqual(
      Array.from({ length: 5 }, () => "accepted"),
    );
    expect(server.count(JWKS)).toBe(2);
  });

  test("is no 401 while the keys cannot be fetched: that is no fault of the token's", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, token } = following;
    await verifier.ready();
    await pass(following, 10_000);
    answerKeys(server, (response) => sendJson(response, {}, 500));
    expect(outcomeOf(await verifier.verify(foreign(following, "x")))).toBe("503 stale");
    expect(outcomeOf(await verifier.verify(foreign(following, "y")))).toBe("503 stale");
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    expect(verifier.status).toMatchObject({ jwkSetFetches: 2, jwkSetFailures: 1 });
  });

  test("waits for a fetch that hangs for a second at the most", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, clock } = following;
    await verifier.ready();
    await pass(following, 10_000);
    answerKeys(server, () => undefined);
    const asked = verifier.verify(foreign(following, "x"));
    await until(() => server.count(JWKS) === 2);
    clock.advance(1000);
    expect(outcomeOf(await asked)).toBe("503 stale");
    clock.advance(4000);
    await until(() => verifier.status.jwkSetFailures === 1);
    expect(verifier.status.keys).toBe(1);
  });
});

test("the keys are fetched every five minutes", async () => {
  await using following = await follow({ whenStale: "reject" });
  const { verifier, clock, server } = following;
  await verifier.ready();
  clock.advance(284_000);
  expect(server.count(JWKS)).toBe(1);
  clock.advance(1000);
  await until(() => verifier.status.jwkSetFetches === 2);
});

test("the keys are fetched when one of them was revoked, as soon as they may be", async () => {
  await using following = await follow({ whenStale: "reject" });
  const { verifier, clock, server } = following;
  await verifier.ready();
  server.tell({ type: "key-revoked", kid: "gone" }, { type: "session-revoked", sid: newSid() });
  await until(() => verifier.status.receipts === 2);
  server.tell({ type: "key-revoked", kid: "gone" });
  await until(() => verifier.status.receipts === 3);
  clock.advance(9999);
  expect(server.count(JWKS)).toBe(1);
  clock.advance(1);
  await until(() => verifier.status.jwkSetFetches === 2);
});

test.each(["stream", "poll"] as const)(
  "R124 a token under the key that took a revoked one's place is never refused, while the keys may not be fetched (%s)",
  async (feed) => {
    await using following = await follow({ feed });
    const { verifier, clock, server, key } = following;
    await verifier.ready();
    const wait = async (ms: number) => (feed === "poll" ? clock.advance(ms) : await pass(following, ms));
    await wait(10_000);
    // Anybody can have the set fetched, and so keep it from being fetched again for ten seconds.
    expect(outcomeOf(await verifier.verify(foreign(following, "anybody")))).toBe("unknown_key");
    const next = generateSigningKey("ES256", "next");
    server.jwks = [next.jwk];
    server.tell({ type: "key-revoked", kid: key.kid });
    clock.advance(feed === "poll" ? 1000 : 0);
    const token = mint(next, { iss: server.issuer });
    await until(() => feed === "poll" || verifier.status.entries === 1);
    expect(outcomeOf(await verifier.verify(token))).toBe("503 stale");
    expect(outcomeOf(await verifier.verify(following.token()))).toBe("key_revoked");
    await wait(10_000);
    await until(() => feed === "poll" || verifier.status.jwkSetFetches === 3);
    expect(outcomeOf(await verifier.verify(token))).toBe("accepted");
    expect(outcomeOf(await verifier.verify(foreign(following, "anybody")))).toBe("unknown_key");
  },
);

const p256 = generateSigningKey("ES256", "p");
test.each<[string, (response: ServerResponse) => void, RegExp]>([
  ["an error", (response) => sendJson(response, {}, 500), /answered 500/],
  [
    "a page",
    (response) => response.writeHead(200, { "Content-Type": "text/html" }).end("<p>"),
    /answered with text\/html/,
  ],
  ["no JSON", (response) => sendJson(response, "{"), /no JSON object/],
  ["a list", (response) => sendJson(response, []), /no JSON object/],
  ["no keys", (response) => sendJson(response, { keys: [] }), /has no keys/],
  ["a name twice", (response) => sendJson(response, '{"keys":[],"keys":[]}'), /no JSON object/],
  ["keys that are no objects", (response) => sendJson(response, { keys: ["a"] }), /list of keys/],
  [
    "300 KiB",
    (response) => sendJson(response, { keys: [p256.jwk], x: "a".repeat(300 * 1024) }),
    /more than 262144 bytes/,
  ],
  ["a private key", (response) => sendJson(response, { keys: [{ ...p256.jwk, d: "AAAA" }] }), /it is private/],
  ["a shared secret", (response) => sendJson(response, { keys: [generateSigningKey("HS256").jwk] }), /HS256/],
  ["two keys of one kid", (response) => sendJson(response, { keys: [p256.jwk, p256.jwk] }), /Two keys have the kid/],
  [
    "a key without alg",
    (response) => sendJson(response, { keys: [{ ...p256.jwk, alg: undefined }] }),
    /it has no "alg"/,
  ],
  [
    "half of it",
    (response) =>
      void response
        .writeHead(200, { "Content-Type": "application/json", "Content-Length": 99 })
        .write("{", () => response.destroy()),
    /connection broke/,
  ],
])(
  "R152 %s in place of the keys leaves those that were trusted, is counted and told",
  async (_name, answer, sentence) => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, token } = following;
    await verifier.ready();
    await pass(following, 10_000);
    answerKeys(server, answer);
    await verifier.verify(foreign(following, "x"));
    expect(verifier.status).toMatchObject({ keys: 1, jwkSetFetches: 2, jwkSetFailures: 1, state: "fresh" });
    expect(verifier.status.lastError?.message).toMatch(sentence);
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
  },
);

test("a body without an end is not read to its end", async () => {
  await using following = await follow({}, (server) => {
    answerKeys(server, (response) => {
      response.writeHead(200, { "Content-Type": "application/json" });
      const more = () => void (response.destroyed || response.write("a".repeat(16 * 1024), () => setImmediate(more)));
      more();
    });
  });
  const { verifier } = following;
  void verifier.verify("no token");
  await until(() => verifier.status.jwkSetFailures === 1);
  expect(verifier.status.lastError?.message).toMatch(/more than 262144 bytes/);
});

test("without any key a failed fetch is repeated sooner, with longer and longer pauses", async () => {
  await using following = await follow({ whenStale: "reject" }, (server) => {
    answerKeys(server, (response) => sendJson(response, {}, 500));
  });
  const { verifier, clock, server } = following;
  void verifier.verify("no token");
  for (const [index, pause] of [75, 150, 300, 600].entries()) {
    await until(() => verifier.status.jwkSetFailures === index + 1);
    clock.advance(pause - 1);
    expect(server.count(JWKS)).toBe(index + 1);
    clock.advance(1);
    await until(() => server.count(JWKS) === index + 2);
  }
});

test("requests that come while there is no key, and a fetch has just failed, fetch nothing", async () => {
  await using following = await follow({}, (server) => {
    answerKeys(server, (response) => sendJson(response, {}, 500));
  });
  const { verifier, server, token } = following;
  for (let index = 0; index < 5; index++) expect(outcomeOf(await verifier.verify(token()))).toBe("503 cold");
  expect(server.count(JWKS)).toBe(1);
});

test("R152 no request goes anywhere but to the issuer, no redirect is followed, and the keys are asked for without the credential", async () => {
  await using elsewhere = await FeedServer.start(new HeldClock());
  for (const status of [301, 302, 303, 307, 308]) {
    await using following = await follow({}, (server) => {
      server.intercept = (request, response) => {
        response.writeHead(status, { Location: elsewhere.issuer + request.url!.slice("/auth".length) }).end();
        return true;
      };
    });
    const { verifier, server, token } = following;
    await expect(verifier.ready()).rejects.toThrow("redirects, which is not followed");
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 cold");
    expect(server.asked.length).toBeGreaterThan(1);
    const withCredential = server.asked.filter(({ headers }) => headers.authorization !== undefined);
    expect(withCredential.every(({ path }) => path === "/auth/revocations")).toBe(true);
  }
  expect(elsewhere.asked).toEqual([]);
});

test("R152 a fetch that follows redirects by itself is not believed", async () => {
  await using following = await follow({
    fetch: async (url, init) => {
      const response = await fetch(url, init);
      Object.defineProperty(response, "redirected", { value: true });
      return response;
    },
  });
  await expect(following.verifier.ready()).rejects.toThrow("redirects, which is not followed");
});

test("a timer that is called a fraction of a millisecond too early is not the last one", async () => {
  let now = 1000;
  let fetches = 0;
  const timers: { readonly after: number; readonly action: () => void }[] = [];
  const source = new JwkSetSource({
    issuer: "https://app.example.com",
    fetch: async () => {
      fetches++;
      throw new TypeError("fetch failed");
    },
    clock: {
      now: () => now,
      monotonic: () => now,
      after: (after, action) => {
        timers.push({ after, action });
        return () => undefined;
      },
    },
    random: () => 0.51,
    counters: newCounters(),
    runsByItself: true,
    hasKeys: () => false,
    setKeys: () => undefined,
    onKeys: () => undefined,
    onFailure: () => undefined,
  });
  await source.refresh();
  const early = timers.at(-1)!;
  now += early.after - 0.4;
  early.action();
  expect(fetches).toBe(1);
  const again = timers.at(-1)!;
  expect(again).not.toBe(early);
  now += again.after;
  again.action();
  expect(fetches).toBe(2);
  await source.stop();
});
