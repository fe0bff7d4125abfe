import type { Revocation } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";
import { sendJson } from "../../test/feed-server.ts";
import { follow, outcomeOf, outcomesOf, until } from "../../test/follow.ts";
import { newSid } from "../../test/mint.ts";
import type { FeedState } from "../index.ts";

const revoked = (sid: string) => ({ type: "session-revoked", sid }) as const;
const strange = { type: "audience-revoked", aud: "x" };

describe("the stream", () => {
  test("R123 tells what ends a session, changes a user and revokes a key, and the next check refuses it", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, token, key } = following;
    await verifier.ready();
    const sid = newSid();
    const tokens = [token({ sid }), token({ sub: "usr_2" }), token()];
    const all = () => outcomesOf(tokens.map((each) => verifier.verify(each)));
    expect(await all()).toEqual(["accepted", "accepted", "accepted"]);
    server.tell(revoked(sid));
    await until(() => verifier.status.receipts === 2);
    expect(await all()).toEqual(["session_revoked", "accepted", "accepted"]);
    server.tell({ type: "claims-changed", sub: "usr_2", claims_version: 4 });
    await until(() => verifier.status.receipts === 3);
    expect(await all()).toEqual(["session_revoked", "claims_changed", "accepted"]);
    server.tell({ type: "key-revoked", kid: key.kid });
    await until(() => verifier.status.receipts === 4);
    expect(await all()).toEqual(["key_revoked", "key_revoked", "key_revoked"]);
  });

  test("R128 tells listeners what it was told, with when and why", async () => {
    const told: Revocation[] = [];
    await using following = await follow({ onRevocation: (entry) => void told.push(entry) });
    const { verifier, server } = following;
    await verifier.ready();
    const entry = { ...revoked("ses_1"), event_timestamp: 1_800_000_001.25, reason: "logout", later: [1] };
    server.tell(entry);
    await until(() => told.length > 0);
    expect(told).toEqual([entry]);
  });

  test("R127 an open connection that brings no receipts proves nothing", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, clock, token, states } = following;
    await verifier.ready();
    clock.advance(999);
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    server.open[0]!.send(": still here\n\n");
    clock.advance(1);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(states).toEqual(["fresh", "stale"]);
    server.receipt();
    await until(() => verifier.status.state === "fresh");
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
  });

  test("whoever hears that it is stale hears what went wrong before, and nothing of what is over", async () => {
    const whys: string[] = [];
    const onStateChange = (state: FeedState, why: string) => void whys.push(`${state}: ${why}`);
    await using following = await follow({ onStateChange });
    const { verifier, server, clock } = following;
    await verifier.ready();
    const advanceUntil = (condition: () => boolean) =>
      until(() => {
        if (!condition()) clock.advance(10);
        return condition();
      });
    server.intercept = (_request, response) => {
      response.writeHead(401).end();
      return true;
    };
    server.open[0]!.end("removed");
    await advanceUntil(() => verifier.status.state === "stale" && whys.length === 2);
    server.release();
    await advanceUntil(() => verifier.status.state === "fresh");
    clock.advance(1000);
    expect(whys).toEqual([
      expect.stringMatching(/^fresh: /),
      expect.stringMatching(/^stale: No receipt has come for 1000 ms\. .*(refuses the credential|removed)/),
      "fresh: A receipt has come.",
      "stale: No receipt has come for 1000 ms.",
    ]);
  });

  test("R127 receipts of a server that is cut off from its ledger, or repeats an old one, prove nothing new", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, clock } = following;
    await verifier.ready();
    const { read_at } = server.receiptNow();
    for (let second = 0; second < 3; second++) {
      clock.advance(500);
      for (const stream of server.open) stream.receipt({ read_at });
      await until(() => verifier.status.receipts === second + 2);
    }
    expect(verifier.status).toMatchObject({ state: "stale", stalenessMs: 1500 });
  });

  test("R127 a proxy that replays what a dead server had sent does not make it fresh", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, clock } = following;
    await verifier.ready();
    const buffered = [250, 500, 750, 1000].map((later) => server.receiptNow().read_at + later);
    // It gives them out one by one, minutes after the server has died.
    const [stream] = server.open;
    clock.pause(60_000);
    for (const [index, read_at] of buffered.entries()) {
      clock.pause(250);
      stream!.receipt({ read_at });
      await until(() => verifier.status.receipts === index + 2);
      expect(verifier.status.state).toBe("stale");
      expect(verifier.status.stalenessMs).toBeGreaterThan(59_000);
    }
  });

  test("R127 a process that was paused is stale before it has read anything", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, clock, token } = following;
    await verifier.ready();
    const one = token();
    expect(outcomeOf(await verifier.verify(one))).toBe("accepted");
    clock.pause(1000);
    expect(outcomeOf(await verifier.verify(one))).toBe("503 stale");
  });

  test("R127 a machine that slept is stale, what waited for it proves nothing, and it recovers by another stream", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, clock, server, token } = following;
    await verifier.ready();
    clock.step(3_600_000);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    server.receipt();
    await until(() => verifier.status.receipts === 2);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    clock.advance(1000);
    await until(() => verifier.status.connects === 2);
    expect(verifier.status.state).toBe("fresh");
  });

  test("R127 a black hole is noticed within T, and given up for another connection", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, clock, server } = following;
    await verifier.ready();
    clock.advance(1000);
    expect(verifier.status.state).toBe("stale");
    clock.advance(2000);
    await until(() => verifier.status.disconnects === 1);
    expect(verifier.status.lastError?.message).toBe("Nothing came for 3000 ms.");
    clock.advance(100);
    await until(() => verifier.status.state === "fresh");
    await until(() => server.open.length === 1);
  });

  test("R126 goes on where it was, whatever was lost, repeated or out of order", async () => {
    await using following = await follow();
    const { verifier, server, clock } = following;
    await verifier.ready();
    const sids = Array.from({ length: 6 }, newSid);
    server.tell(revoked(sids[0]!));
    await until(() => verifier.status.entries === 1);
    // Entries whose receipt never came, and more while nobody listens.
    server.log.push(revoked(sids[1]!));
    for (const stream of server.open) stream.entries([revoked(sids[1]!)]);
    await until(() => verifier.status.entries === 2);
    server.cutAll();
    server.log.push(revoked(sids[2]!), revoked(sids[3]!));
    await until(() => verifier.status.disconnects === 1);
    clock.advance(100);
    await until(() => verifier.status.connects === 2);
    expect(server.streams.at(-1)!.lastEventId).toBe("t1.1");
    // An older entry once more, and a newer one before its time.
    server.open[0]!.entries([revoked(sids[5]!), revoked(sids[0]!)]);
    server.tell(revoked(sids[4]!));
    await until(() => verifier.status.receipts === 4);
    expect(verifier.status).toMatchObject({ revocations: 6, snapshots: 1, unknownEntries: 0 });
  });

  test("is renewed before it is given up, each minute", async () => {
    await using following = await follow({ whenStale: "reject" });
    const { verifier, server, clock } = following;
    await verifier.ready();
    for (let passed = 0; passed < 60_000; passed += 500) {
      server.receipt();
      await until(() => verifier.status.receipts === passed / 500 + 2);
      server.onStream = () => undefined;
      clock.advance(500);
    }
    await until(() => server.streams.length === 2);
    // The new one has said nothing yet: the old one is still followed.
    expect(server.open.length).toBe(2);
    server.streams[0]!.receipt();
    await until(() => verifier.status.state === "fresh");
    expect(verifier.status.connects).toBe(1);
    server.streams[1]!.greet();
    await until(() => server.open.length === 1);
    expect(server.open[0]).toBe(server.streams[1]);
    expect(verifier.status).toMatchObject({ connects: 2, disconnects: 0, state: "fresh" });
    expect(server.streams[1]!.lastEventId).toBe("t1.0");
  });

  test("pauses longer with each failure, up to 2 s, and asks at once after one that worked", async () => {
    await using following = await follow();
    const { verifier, server, clock } = following;
    await verifier.ready();
    server.intercept = (request, response) => {
      if (request.headers.accept === "text/event-stream") sendJson(response, {}, 500);
      return request.headers.accept === "text/event-stream";
    };
    server.cutAll();
    await until(() => verifier.status.disconnects === 1);
    for (const [index, pause] of [75, 150, 300, 600, 1200, 1500, 1500, 1500].entries()) {
      const before = verifier.status.lastError;
      clock.advance(pause - 1);
      expect(server.count("/revocations", "event-stream")).toBe(index + 1);
      clock.advance(1);
      await until(() => server.count("/revocations", "event-stream") === index + 2);
      await until(() => verifier.status.lastError !== before);
    }
    server.release();
    clock.advance(1500);
    await until(() => verifier.status.connects === 2);
    server.cutAll();
    await until(() => verifier.status.disconnects === 2);
    clock.advance(75);
    await until(() => verifier.status.connects === 3);
  });

  test.each([
    ["slow", /reader is too slow/],
    ["removed", /credential was removed/],
    ["stopping", /it stops/],
  ])("that ends as %s says why, and is opened again", async (reason, sentence) => {
    await using following = await follow();
    const { verifier, server, clock } = following;
    await verifier.ready();
    server.open[0]!.end(reason);
    await until(() => verifier.status.disconnects === 1);
    expect(verifier.status.lastError?.message).toMatch(sentence);
    clock.advance(100);
    await until(() => verifier.status.connects === 2);
  });

  test("R125 that turns to another form, opens twice or tells before it opens is given up, and nothing of it is believed", async () => {
    await using following = await follow();
    const { verifier, server, clock } = following;
    await verifier.ready();
    const wrong = [
      "event: revocations\ndata: {}\n\n",
      "event: receipt\ndata: {}\n\n",
      'event: receipt\nid: t2.1\ndata: {"ledger_time":1,"read_at":1}\n\n',
      'event: feed\ndata: {"version":1}\n\n',
      `event: feed\ndata: ${JSON.stringify(server.opening("t1.0"))}\n\n`,
      `data: ${"a".repeat(1024 * 1024)}\n\n`,
    ];
    for (const [index, text] of wrong.entries()) {
      server.open[0]!.send(text);
      await until(() => verifier.status.disconnects === index + 1);
      clock.advance(100);
      await until(() => verifier.status.connects === index + 2);
    }
    server.onStream = (stream) => stream.entries([revoked("ses_1")]);
    server.cutAll();
    await until(() => verifier.status.disconnects === wrong.length + 1);
    clock.advance(100);
    await until(() => verifier.status.malformed === 5);
    expect(verifier.status).toMatchObject({ revocations: 0, entries: 0, wrongIssuer: 1 });
  });
});

describe("a snapshot", () => {
  test("R129 changes nothing before its receipt, and one that was cut changes nothing at all", async () => {
    await using following = await follow({ whenStale: "accept" }, (server) => {
      server.onStream = (stream) => {
        stream.opening();
        stream.entries([revoked("ses_1")]);
      };
    });
    const { verifier, server, clock, token } = following;
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 cold");
    await until(() => verifier.status.keys === 1 && server.open.length === 1);
    for (let attempt = 2; attempt < 4; attempt++) {
      server.open[0]!.send(": nearly there\n\n");
      server.cutAll();
      await until(() => verifier.status.lastError !== null);
      expect(verifier.status).toMatchObject({ state: "cold", revocations: 0, snapshots: 0 });
      await until(() => {
        clock.advance(100);
        return server.streams.length === attempt;
      });
    }
    server.log = [revoked("ses_1"), revoked("ses_2")];
    server.open[0]!.entries([revoked("ses_2")]);
    server.open[0]!.receipt();
    await until(() => verifier.status.state === "fresh");
    expect(verifier.status).toMatchObject({ revocations: 2, snapshots: 1 });
  });

  test("R126 of another timeline is added to what is known, and the keys are fetched again", async () => {
    await using following = await follow();
    const { verifier, server, clock, token } = following;
    const toldAnew: string[] = [];
    verifier.feed.subscribe({ toldAnew: () => toldAnew.push("told anew") });
    const [before, after] = [newSid(), newSid()];
    server.log = [revoked(before)];
    await verifier.ready();
    expect(outcomeOf(await verifier.verify(token({ sid: before })))).toBe("session_revoked");
    // A standby was promoted that lacks the end of the history before.
    server.timeline = "t2";
    server.log = [revoked(after)];
    server.cutAll();
    await until(() => verifier.status.disconnects === 1);
    clock.advance(10_000);
    await until(() => verifier.status.timeline === "t2");
    expect(server.streams.at(-1)!.lastEventId).toBe("t1.1");
    expect(outcomeOf(await verifier.verify(token({ sid: before })))).toBe("session_revoked");
    expect(outcomeOf(await verifier.verify(token({ sid: after })))).toBe("session_revoked");
    expect(toldAnew).toEqual(["told anew", "told anew"]);
    await until(() => {
      clock.advance(1000);
      return verifier.status.jwkSetFetches >= 2;
    });
  });

  test("R126 of the same timeline adds, and forgets nothing that a stream beside it has told", async () => {
    await using following = await follow();
    const { verifier, server, clock } = following;
    await verifier.ready();
    // A server that cannot go on where we were, and whose snapshot was read before the other's news.
    server.onStream = (stream) => {
      stream.opening({ complete: true });
      stream.entries([revoked("ses_1")]);
    };
    clock.advance(1000);
    server.receipt();
    await until(() => verifier.status.receipts === 2);
    for (let passed = 0; passed < 60_000 && server.streams.length === 1; passed += 1000) {
      clock.advance(1000);
      server.streams[0]!.receipt();
      await until(() => verifier.status.receipts >= passed / 1000 + 3);
    }
    await until(() => server.streams.length === 2);
    server.streams[0]!.entries([revoked("ses_2")]);
    await until(() => verifier.status.entries === 1);
    server.streams[1]!.receipt();
    await until(() => verifier.status.connects === 2);
    expect(verifier.status).toMatchObject({ revocations: 2, snapshots: 2 });
  });
});

describe("R126 an entry of an unknown type", () => {
  test("makes the verifier stale until a complete snapshot without one, asked for after it", async () => {
    const states: FeedState[] = [];
    await using following = await follow({ whenStale: "reject", onStateChange: (state) => void states.push(state) });
    const { verifier, server, clock } = following;
    await verifier.ready();
    server.tell(strange, revoked("ses_1"));
    await until(() => verifier.status.unknownEntries === 1);
    await until(() => verifier.status.receipts === 2);
    expect(verifier.status).toMatchObject({ state: "stale", revocations: 1 });
    clock.advance(1000);
    await until(() => verifier.status.connects === 2);
    expect(server.streams[1]!.lastEventId).toBeUndefined();
    expect(verifier.status).toMatchObject({ state: "stale", unknownEntries: 2 });
    // A quarter of an hour later it is in no snapshot any more.
    server.log = [revoked("ses_1")];
    server.receipt();
    await until(() => verifier.status.receipts === 4);
    clock.advance(1000);
    await until(() => verifier.status.state === "fresh");
    expect(states).toEqual(["fresh", "stale", "fresh"]);
  });

  test("in the first snapshot lets nothing be accepted, and a catch-up asks for everything", async () => {
    await using following = await follow({}, (server) => {
      server.log = [strange];
    });
    const { verifier, server, clock, token } = following;
    expect(outcomeOf(await verifier.verify(token()))).toMatch(/^503/);
    await until(() => verifier.status.connects === 1);
    clock.advance(80);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(server.asked.every(({ path }) => !path.includes("since"))).toBe(true);
    server.log = [];
    clock.advance(500);
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
  });
});

test("R134 what ended an old session, replayed after a new sign-in, does not end the new one", async () => {
  await using following = await follow();
  const { verifier, server, token } = following;
  await verifier.ready();
  const [old, current] = [newSid(), newSid()];
  const entries = [revoked(old), { type: "claims-changed", sub: "usr_1", claims_version: 4 }];
  server.tell(...entries);
  await until(() => verifier.status.receipts === 2);
  const before = token({ sid: old, sub: "usr_1", claims_version: 3 });
  const after = token({ sid: current, sub: "usr_1", claims_version: 4 });
  const outcomes = async () => [outcomeOf(await verifier.verify(before)), outcomeOf(await verifier.verify(after))];
  expect(await outcomes()).toEqual(["session_revoked", "accepted"]);
  server.tell(...entries, ...entries);
  await until(() => verifier.status.receipts === 3);
  expect(await outcomes()).toEqual(["session_revoked", "accepted"]);
});

describe("catching up", () => {
  test("asks once for all who wait, for what is new, and makes it fresh", async () => {
    await using following = await follow();
    const { verifier, server, clock, token } = following;
    await verifier.ready();
    const sid = newSid();
    server.log.push(revoked(sid));
    clock.advance(1000);
    const tokens = [token(), token({ sid })];
    const outcomes = await outcomesOf(tokens.flatMap((each) => [verifier.verify(each), verifier.verify(each)]));
    expect(outcomes).toEqual(["accepted", "accepted", "session_revoked", "session_revoked"]);
    expect(server.asked.filter(({ path }) => path.includes("?since=t1.0")).length).toBe(1);
    expect(verifier.status).toMatchObject({ state: "fresh", catchUps: 1, catchUpFailures: 0 });
  });

  test.each<[string, (body: Record<string, unknown>) => unknown]>([
    ["half an answer", (body) => JSON.stringify(body).slice(0, -5)],
    ["another issuer's", (body) => ({ ...body, issuer: "x" })],
    ["another version's", (body) => ({ ...body, version: 2 })],
    ["an answer that goes on elsewhere", (body) => ({ ...body, timeline: "t9", cursor: "t9.1" })],
    ["an answer without a receipt", (body) => ({ ...body, read_at: undefined })],
  ])("by %s changes nothing: 503, and a pause in which all are answered at once", async (_name, change) => {
    await using following = await follow();
    const { verifier, server, clock, token } = following;
    await verifier.ready();
    server.intercept = (request, response) => {
      if (request.headers.accept !== "application/json") return false;
      const answer = { ...server.opening("t1.0"), ...server.receiptNow(), cursor: "t1.1", entries: [revoked("ses_1")] };
      sendJson(response, change(answer));
      return true;
    };
    clock.advance(1000);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(verifier.status).toMatchObject({ catchUps: 1, catchUpFailures: 1, revocations: 0, timeline: "t1" });
  });

  test("R127 by what a cache has kept proves nothing", async () => {
    await using following = await follow();
    const { verifier, server, clock, token } = following;
    await verifier.ready();
    server.intercept = (_request, response) => {
      response.setHeader("Age", "1");
      return false;
    };
    clock.advance(1000);
    expect(outcomeOf(await verifier.verify(token()))).toBe("503 stale");
    expect(verifier.status.lastError?.message).toMatch(/^A cache answered for/);
  });
});

test.each(["stream", "poll"] as const)(
  "R127 catching up by an answer that a proxy has kept, without saying so, proves nothing (%s)",
  async (feed) => {
    await using following = await follow({ feed });
    const { verifier, server, clock, token } = following;
    await verifier.ready();
    const kept = new Map<string, unknown>();
    server.intercept = (request, response) => {
      if (request.headers.accept !== "application/json") return false;
      const { url } = request;
      const answer = { ...server.opening("t1.0"), ...server.receiptNow(), cursor: server.cursor, entries: server.log };
      if (!kept.has(url!)) kept.set(url!, answer);
      sendJson(response, kept.get(url!));
      return true;
    };
    const sid = newSid();
    clock.advance(1000);
    expect(outcomeOf(await verifier.verify(token({ sid })))).toBe("accepted");
    server.log.push(revoked(sid));
    clock.advance(1000);
    expect(outcomeOf(await verifier.verify(token({ sid })))).toBe("503 stale");
    expect(verifier.status.lastError?.message).toMatch(/^A cache answered for the feed/);
    kept.clear();
    clock.advance(100);
    expect(outcomeOf(await verifier.verify(token({ sid })))).toBe("session_revoked");
  },
);

describe("without a stream", () => {
  test("R123 nothing runs between requests, and each is as fresh as where there is one", async () => {
    await using following = await follow({ feed: "poll" });
    const { verifier, server, clock, token } = following;
    const sid = newSid();
    const tokens = [token(), token({ sid })];
    const all = () => outcomesOf(tokens.map((each) => verifier.verify(each)));
    expect(await all()).toEqual(["accepted", "accepted"]);
    expect(clock.timers).toBe(0);
    expect(server.asked.length).toBe(2);
    server.log.push(revoked(sid));
    clock.advance(1000);
    expect(server.asked.length).toBe(2);
    expect(await all()).toEqual(["accepted", "session_revoked"]);
    expect(clock.timers).toBe(0);
    expect(server.streams.length).toBe(0);
  });

  test("R126 a snapshot of another timeline that takes long is read, if not at the first try", async () => {
    await using following = await follow({ feed: "poll" });
    const { verifier, server, clock, token } = following;
    await verifier.ready();
    server.timeline = "t2";
    const held = server.hold("application/json");
    clock.advance(1000);
    for (const [index, takes] of [1000, 1500].entries()) {
      const verdict = verifier.verify(token());
      await until(() => held.length === index + 1);
      clock.advance(takes);
      expect(outcomeOf(await verdict)).toBe("503 stale");
      clock.advance(100);
    }
    server.release();
    held[1]!();
    await until(() => verifier.status.timeline === "t2");
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
  });

  test("the keys are fetched again with the next request, once they are 5 minutes old", async () => {
    await using following = await follow({ feed: "poll" });
    const { verifier, clock, token } = following;
    await verifier.ready();
    clock.advance(300_000);
    await verifier.verify(token({ iat: 1_800_000_300, exp: 1_800_000_900 }));
    expect(verifier.status.jwkSetFetches).toBe(1);
    clock.advance(1001);
    expect(outcomeOf(await verifier.verify(token({ iat: 1_800_000_300, exp: 1_800_000_900 })))).toBe("accepted");
    expect(verifier.status.jwkSetFetches).toBe(2);
  });

  test("R124 `accept` asks, and accepts where that fails", async () => {
    await using following = await follow({ feed: "poll", whenStale: "accept" });
    const { verifier, server, clock, token } = following;
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    server.intercept = (_request, response) => {
      sendJson(response, {}, 500);
      return true;
    };
    clock.advance(1000);
    expect(outcomeOf(await verifier.verify(token()))).toBe("accepted");
    expect(verifier.status).toMatchObject({ catchUps: 2, catchUpFailures: 1, state: "stale" });
  });

  test("ready asks again after each pause", async () => {
    await using following = await follow({ feed: "poll" }, (server) => {
      server.intercept = (_request, response) => {
        sendJson(response, {}, 500);
        return true;
      };
    });
    const { verifier, server, clock } = following;
    const ready = verifier.ready();
    await until(() => verifier.status.catchUpFailures === 1 && verifier.status.jwkSetFailures === 1);
    server.release();
    await until(() => {
      clock.advance(10);
      return verifier.status.state === "fresh";
    });
    await ready;
    expect(clock.timers).toBe(0);
  });
});
