import { inspect } from "node:util";
import { describe, expect, test } from "vitest";
import { CREDENTIAL, FeedServer } from "../../test/feed-server.ts";
import { follow, outcomeOf, until } from "../../test/follow.ts";
import { HeldClock } from "../../test/held-clock.ts";
import { AUDIENCE, generateSigningKey, mint, newSid } from "../../test/mint.ts";
import { createVerifier } from "../../test/platform.ts";
import type { IssuerError } from "../index.ts";
import { createKernel } from "../kernel/kernel.ts";
import { createRequestVerifier } from "../request/verify-request.ts";
import { nodeSignatures } from "../signature/node-signatures.ts";
import { readOptions } from "./options.ts";
import { Verifier } from "./verifier.ts";

const down = (server: FeedServer) => {
  server.intercept = (_request, response) => {
    response.destroy();
    return true;
  };
};

describe("what becomes of a token", () => {
  const policies = ["catch-up", "reject", "accept"] as const;
  /** Whether the server answers a catch-up; the stream says nothing any more in any case. */
  const cells = [
    ["catch-up", "fresh", "answers", "accepted", "session_revoked", "malformed"],
    ["catch-up", "stale", "answers", "accepted", "session_revoked", "malformed"],
    ["catch-up", "stale", "is down", "503 stale", "session_revoked", "malformed"],
    ["catch-up", "cold", "answers", "accepted", "session_revoked", "malformed"],
    ["catch-up", "cold", "is down", "503 cold", "503 cold", "503 cold"],
    ["reject", "fresh", "is down", "accepted", "session_revoked", "malformed"],
    ["reject", "stale", "answers", "503 stale", "session_revoked", "malformed"],
    ["reject", "stale", "is down", "503 stale", "session_revoked", "malformed"],
    ["reject", "cold", "answers", "503 cold", "503 cold", "503 cold"],
    ["reject", "cold", "is down", "503 cold", "503 cold", "503 cold"],
    ["accept", "fresh", "is down", "accepted", "session_revoked", "malformed"],
    ["accept", "stale", "answers", "accepted", "session_revoked", "malformed"],
    ["accept", "stale", "is down", "accepted", "session_revoked", "malformed"],
    ["accept", "cold", "answers", "503 cold", "503 cold", "503 cold"],
    ["accept", "cold", "is down", "503 cold", "503 cold", "503 cold"],
  ] as const;

  test.each(cells)(
    "R124 R129 under %s, %s, while the server %s: %s, %s, %s",
    async (whenStale, state, answers, ...said) => {
      const sid = newSid();
      await using following = await follow({ whenStale }, (server) => {
        server.log = [{ type: "session-revoked", sid }];
      });
      const { server, verifier, clock, token } = following;
      if (state !== "cold") await verifier.ready();
      if (answers === "is down") down(server);
      if (state === "stale") clock.advance(1000);
      const tokens = [token(), token({ sid }), "no token"];
      const verdicts = await Promise.all(tokens.map(async (each) => outcomeOf(await verifier.verify(each))));
      expect(verdicts).toEqual(said);
    },
  );

  test.each(policies)(
    "R129 under %s nothing is accepted from a cold start with the feed down, however long",
    async (whenStale) => {
      await using following = await follow({ whenStale }, down);
      const { verifier, clock, token, server } = following;
      for (let round = 0; round < 20; round++) {
        expect(outcomeOf(await verifier.verify(token()))).toBe("503 cold");
        clock.advance(5000);
      }
      server.intercept = () => false;
      const ready = verifier.ready();
      await until(() => {
        clock.advance(10);
        return verifier.status.state === "fresh";
      });
      await ready;
      expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    },
  );

  test("a 503 says when to come again, that nobody was signed out, and what its body is", async () => {
    await using following = await follow({ whenStale: "reject" });
    expect(await following.verifier.verify(following.token())).toEqual({
      ok: false,
      code: "unavailable",
      reason: "cold",
      status: 503,
      headers: { "Retry-After": "1" },
      body: {
        error: "Temporarily unable to answer: try again shortly. Nobody was signed out.",
        code: "unavailable",
      },
    });
  });

  test("a token that seems to come from the future is asked about, once the machine may have slept", async () => {
    await using following = await follow();
    const { verifier, clock, server, token } = following;
    await verifier.ready();
    const base = server.receiptNow.bind(server);
    clock.step(600_000);
    server.receiptNow = () => ({ ...base(), ledger_time: base().ledger_time + 600_000 });
    const iat = clock.now() / 1000 - 2;
    expect(outcomeOf(await verifier.verify(token({ iat, exp: iat + 600 })))).toBe("accepted");
  });
});

describe("R123 a clock that is wrong", () => {
  test.each([3600, -3600])("by %d seconds changes nothing", async (seconds) => {
    const clock = new HeldClock();
    clock.step(seconds * 1000);
    await using server = await FeedServer.start(clock);
    const key = generateSigningKey("ES256");
    server.jwks = [key.jwk];
    await using verifier = createVerifier({ issuer: server.issuer, audience: AUDIENCE, credential: CREDENTIAL, clock });
    await verifier.ready();
    const sid = newSid();
    const tokens = [{}, { sid }].map((claims) => mint(key, { iss: server.issuer, ...claims }));
    expect(outcomeOf(await verifier.verify(tokens[0]!))).toBe("accepted");
    server.tell({ type: "session-revoked", sid });
    await until(() => verifier.status.entries === 1);
    expect(outcomeOf(await verifier.verify(tokens[1]!))).toBe("session_revoked");
    expect(verifier.status.state).toBe("fresh");
  });
});

test("R123 a kernel that answers after the feed told of a revocation is asked again, before its yes is believed", async () => {
  const clock = new HeldClock();
  await using server = await FeedServer.start(clock);
  const key = generateSigningKey("ES256");
  server.jwks = [key.jwk];
  let answers = (): void => undefined;
  let isSlow = false;
  const whenStale = "reject";
  const options = { issuer: server.issuer, audience: AUDIENCE, credential: CREDENTIAL, clock, whenStale } as const;
  await using verifier = new Verifier(readOptions(options), {
    createKernel: (of) => {
      const kernel = createKernel({ ...of, signatures: nodeSignatures });
      const verifyLater = async (token: string) => {
        const verified = kernel.verify(token);
        if (isSlow) await new Promise<void>((resolve) => (answers = resolve));
        return verified;
      };
      return Object.assign(Object.create(kernel) as typeof kernel, { verify: verifyLater });
    },
    createRequests: (made) => createRequestVerifier({ verify: (token) => made.verify(token), cookies: null }),
  });
  await verifier.ready();
  const sid = newSid();
  isSlow = true;
  // It says yes while the feed is stale; when that is heard, the feed is fresh, and has told of the revocation.
  clock.advance(1000);
  const verdict = verifier.verify(mint(key, { iss: server.issuer, sid }));
  isSlow = false;
  server.tell({ type: "session-revoked", sid });
  await until(() => verifier.status.receipts === 2);
  expect(verifier.status.state).toBe("fresh");
  answers();
  expect(outcomeOf(await verdict)).toBe("session_revoked");
});

describe("R123 a ledger whose clock ran ahead for hours and is set right", () => {
  const AHEAD_MS = 3 * 3_600_000;

  test.each(["catch-up", "reject"] as const)(
    "under %s revives nothing that was revoked, and signs nobody out",
    async (whenStale) => {
      await using following = await follow({ whenStale });
      const { verifier, server, clock, token } = following;
      const honest = server.receiptNow.bind(server);
      server.receiptNow = () => ({ ...honest(), ledger_time: honest().ledger_time + AHEAD_MS });
      await verifier.ready();
      const sid = newSid();
      const times = (ms: number) => ({ iat: Math.floor(ms / 1000), exp: Math.floor(ms / 1000) + 900 });
      const revoked = token({ sid, ...times(server.receiptNow().ledger_time) });
      expect(outcomeOf(await verifier.verify(revoked))).toBe("accepted");
      server.tell({ type: "session-revoked", sid });
      await until(() => verifier.status.entries === 1);
      server.receiptNow = honest;
      server.receipt();
      await until(() => verifier.status.receipts === 3);
      expect(verifier.status.state).toBe("stale");
      expect(verifier.status.lastError?.message).toMatch(/ledger's clock was set back.* for 11\d\d\d s/);
      // Long after the revocation was forgotten, until the time for which the token was minted, and over it.
      const seen = new Set<string>();
      for (let passed = 0; passed < AHEAD_MS + 900_000; passed += 300_000) {
        clock.pause(300_000);
        server.receipt();
        const { receipts } = verifier.status;
        await until(() => verifier.status.receipts > receipts || server.open.length === 0);
        seen.add(outcomeOf(await verifier.verify(revoked)));
        seen.add(outcomeOf(await verifier.verify(token(times(honest().ledger_time)))));
      }
      expect(seen).toEqual(new Set(["503 stale"]));
    },
  );
});

describe("ready", () => {
  test("resolves when everything is known, and then at once", async () => {
    await using following = await follow();
    const { verifier, states } = following;
    expect(verifier.status).toMatchObject({ state: "cold", stalenessMs: null, timeline: null, keys: 0 });
    await Promise.all([verifier.ready(), verifier.ready()]);
    await verifier.ready();
    expect(states).toEqual(["fresh"]);
    expect(verifier.status).toMatchObject({ state: "fresh", timeline: "t1", keys: 1, snapshots: 1, connects: 1 });
  });

  test.each<[string, (server: FeedServer) => void, string, RegExp]>([
    ["the credential is refused", (server) => refuseAll(server, 401), "credential_refused", /refuses the credential/],
    ["there is nothing", (server) => refuseAll(server, 404), "not_there", /is the issuer right/],
    ["a page answers", (server) => pages(server), "not_there", /answered with text\/html/],
    ["R125 another issuer speaks", (server) => opens(server, { issuer: "x" }), "wrong_issuer", /of the issuer "x"/],
    ["the feed is of another version", (server) => opens(server, { version: 2 }), "unknown_version", /update it/],
  ])("rejects at once where %s, since asking again cannot help", async (_name, prepare, failure, message) => {
    await using following = await follow({}, prepare);
    const error = (await following.verifier.ready().catch((each: unknown) => each)) as IssuerError;
    expect(error.failure).toBe(failure);
    expect(error.message).toMatch(message);
    expect(inspect(error, { depth: 9 })).not.toContain("AAAA");
    expect(following.verifier.status.lastError?.message).toBe(error.message);
    expect(following.verifier.status.state).toBe("cold");
  });

  test("says that no answer has come, and of whom, where its signal is aborted before there was one", async () => {
    await using following = await follow({}, (server) => {
      server.intercept = () => true;
    });
    const { verifier, server } = following;
    const error = await verifier.ready(AbortSignal.abort()).catch((each: unknown) => each);
    expect(error).toMatchObject({ name: "IssuerError", failure: "slow", cause: { name: "AbortError" } });
    expect(error).toHaveProperty("message", `Not everything is known yet of ${server.issuer}: no answer has come yet.`);
  });

  test("says what went wrong last when its signal is aborted, and the verifier goes on", async () => {
    await using following = await follow({}, down);
    const reason = new Error("too long");
    const controller = new AbortController();
    const ready = following.verifier.ready(controller.signal);
    await until(() => following.verifier.status.jwkSetFailures === 1 && following.verifier.status.lastError !== null);
    const { message } = following.verifier.status.lastError!;
    controller.abort(reason);
    const error = await ready.catch((each: unknown) => each);
    expect(error).toMatchObject({ name: "IssuerError", failure: "unreachable", cause: reason });
    expect(error).toHaveProperty("message", `Not everything is known yet of ${following.server.issuer}: ${message}`);
    await expect(following.verifier.ready(controller.signal)).rejects.toHaveProperty("cause", reason);
    following.server.release();
    const again = following.verifier.ready();
    await until(() => {
      following.clock.advance(10);
      return following.verifier.status.state === "fresh";
    });
    await again;
  });
});

function refuseAll(server: FeedServer, status: number): void {
  server.intercept = (_request, response) => {
    response.writeHead(status).end();
    return true;
  };
}

function pages(server: FeedServer): void {
  server.intercept = (_request, response) => {
    response.writeHead(200, { "Content-Type": "text/html; charset=utf-8" }).end("<html>");
    return true;
  };
}

function opens(server: FeedServer, changes: Readonly<Record<string, unknown>>): void {
  server.answerChanges = changes;
  server.onStream = (stream) => {
    stream.opening(changes);
    stream.receipt();
  };
}

describe("the verifier", () => {
  test("does nothing before it is used, and nothing after it was disposed of", async () => {
    await using following = await follow({ whenStale: "accept" });
    const { verifier, clock, server, token } = following;
    expect(clock.timers).toBe(0);
    await verifier.ready();
    expect(server.asked.length).toBe(2);
    await verifier[Symbol.asyncDispose]();
    expect(clock.timers).toBe(0);
    await until(() => server.open.length === 0);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(outcomeOf(await verifier.verify(mint(generateSigningKey("ES256", "other"))))).toBe("503 stale");
    await expect(verifier.ready()).rejects.toThrow("disposed of");
    expect(server.asked.length).toBe(2);
  });

  test("shows its credential to nobody", async () => {
    await using following = await follow();
    const { verifier } = following;
    await verifier.ready();
    const shown = [inspect(verifier, { depth: 9, showHidden: true }), JSON.stringify(verifier)];
    expect(`${shown.join()}${JSON.stringify(verifier.status)}`).not.toContain("AAAA");
  });

  test("outlives a callback that throws", async () => {
    const fail = () => {
      throw new Error("theirs");
    };
    await using following = await follow({ onRevocation: fail, onStateChange: fail });
    const { verifier, server } = following;
    await verifier.ready();
    verifier.feed.subscribe({ told: fail, changed: fail });
    server.tell({ type: "session-revoked", sid: "ses_1" });
    await until(() => verifier.status.receipts === 2);
    expect(verifier.status).toMatchObject({ state: "fresh", disconnects: 0, revocations: 1 });
    expect(verifier.status.lastError?.message).toContain("theirs");
  });
});

test("R124 20 verifiers that are stale at once ask a slow server once each, whoever waits, and all recover", async () => {
  const clock = new HeldClock();
  await using server = await FeedServer.start(clock);
  const key = generateSigningKey("ES256");
  server.jwks = [key.jwk];
  const options = { issuer: server.issuer, audience: AUDIENCE, credential: CREDENTIAL, clock, random: () => 0.5 };
  const verifiers = Array.from({ length: 20 }, () => createVerifier(options));
  await Promise.all(verifiers.map((verifier) => verifier.ready()));
  const token = mint(key, { iss: server.issuer });
  const ask = () =>
    verifiers.flatMap((each) => Array.from({ length: 50 }, async () => outcomeOf(await each.verify(token))));
  const held = server.hold("application/json");
  clock.advance(1000);
  const first = ask();
  await until(() => held.length === 20);
  clock.advance(300);
  for (const answer of held.splice(0)) answer();
  expect(new Set(await Promise.all(first))).toEqual(new Set(["accepted"]));
  expect(server.count("/revocations", "json")).toBe(20);

  // Now it takes longer than anybody waits: each verifier gives up, pauses, and answers at once meanwhile.
  clock.advance(1000);
  const second = ask();
  await until(() => held.length === 20);
  clock.advance(1000);
  expect(new Set(await Promise.all(second))).toEqual(new Set(["503 stale"]));
  expect(new Set(await Promise.all(ask()))).toEqual(new Set(["503 stale"]));
  expect(server.count("/revocations", "json")).toBe(40);
  server.release();
  clock.advance(100);
  expect(new Set(await Promise.all(ask()))).toEqual(new Set(["accepted"]));
  expect(server.count("/revocations", "json")).toBe(60);
  await Promise.all(verifiers.map((verifier) => verifier[Symbol.asyncDispose]()));
});
