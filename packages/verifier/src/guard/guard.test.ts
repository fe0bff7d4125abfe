import { EventEmitter, once } from "node:events";
import { createServer, request } from "node:http";
import type { AddressInfo } from "node:net";
import { describe, expect, test, vi } from "vitest";
import { WebSocket, WebSocketServer } from "ws";
import { HeldFeed } from "../../test/feed.ts";
import { MINTED_AT } from "../../test/mint.ts";
import type { EndReason, SocketLike } from "./connection.ts";
import { ConnectionGuard } from "./guard.ts";
import type { GuardedAuth, GuardParts } from "./guard.ts";

const EXPIRES = (MINTED_AT + 600) * 1000;

function authOf(changes: Partial<GuardedAuth> = {}): GuardedAuth {
  return { sub: "usr_a", sid: "ses_a", claimsVersion: 3, expiresAt: EXPIRES, ...changes };
}

class FakeSocket extends EventEmitter implements SocketLike {
  readyState = 1;
  readonly closes: [number | undefined, string | undefined][] = [];
  terminated = 0;
  close(code?: number, reason?: string): void {
    this.closes.push([code, reason]);
    this.readyState = 2;
  }
  terminate(): void {
    this.terminated++;
  }
  gone(): void {
    this.readyState = 3;
    this.emit("close");
  }
}

function setUp(parts: Partial<GuardParts> = {}) {
  const feed = new HeldFeed();
  const timer = { rounds: new Set<() => void>(), now: 0 };
  const known: { against: EndReason | null } = { against: null };
  const guard = new ConnectionGuard({
    feed,
    recheck: () => known.against,
    whenStale: "catch-up",
    polls: false,
    monotonic: () => timer.now,
    every: (_, run) => {
      timer.rounds.add(run);
      return () => timer.rounds.delete(run);
    },
    ...parts,
  });
  feed.subscribe(listenerOf(guard));
  const round = async () => {
    for (const run of timer.rounds) run();
    await new Promise(setImmediate);
  };
  return { feed, guard, timer, known, round };
}

function listenerOf(guard: ConnectionGuard) {
  return {
    told: (entry: Parameters<ConnectionGuard["told"]>[0]) => guard.told(entry),
    toldAnew: () => guard.toldAnew(),
    changed: () => guard.changed(),
  };
}

describe("R147 a connection ends", () => {
  test("when its session is revoked, and no other one does", () => {
    const { feed, guard } = setUp();
    const [ours, second, other] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
    const ended = vi.fn<(reason: EndReason) => void>();
    const guarded = guard.guard(authOf(), ours, { ended });
    guard.guard(authOf(), second);
    guard.guard(authOf({ sid: "ses_b" }), other);
    feed.tell({ type: "session-revoked", sid: "ses_a" }, { type: "session-revoked", sid: "ses_a" });
    expect([ours.closes, second.closes, other.closes]).toEqual([
      [[4001, "session_ended"]],
      [[4001, "session_ended"]],
      [],
    ]);
    expect(guarded.ended).toBe("session_ended");
    expect(ended.mock.calls).toEqual([["session_ended"]]);
    expect(guard.size).toBe(1);
  });

  test("when newer claims of its user are told, and not when they are its own", () => {
    const { feed, guard } = setUp();
    const [older, same, stranger] = [new FakeSocket(), new FakeSocket(), new FakeSocket()];
    guard.guard(authOf(), older);
    guard.guard(authOf({ sid: "ses_b", claimsVersion: 4 }), same);
    guard.guard(authOf({ sub: "usr_b" }), stranger);
    feed.tell({ type: "claims-changed", sub: "usr_a", claims_version: 4 });
    expect([older.closes, same.closes, stranger.closes]).toEqual([[[4001, "claims_changed"]], [], []]);
  });

  test("when a key is revoked, whoever it is", () => {
    const { feed, guard } = setUp();
    const sockets = Array.from({ length: 3 }, () => new FakeSocket());
    for (const [index, socket] of sockets.entries()) guard.guard(authOf({ sid: `ses_${index}` }), socket);
    feed.tell({ type: "key-revoked", kid: "k" });
    expect(sockets.map(({ closes }) => closes.length)).toEqual([1, 1, 1]);
  });

  test("when a snapshot knows something against it", () => {
    const { feed, guard, known } = setUp();
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.tellAnew();
    expect(socket.closes).toEqual([]);
    known.against = "claims_changed";
    feed.tellAnew();
    expect(socket.closes).toEqual([[4001, "claims_changed"]]);
  });

  test("at once, if the session was revoked while the connection was being opened", () => {
    const { guard, known } = setUp();
    known.against = "session_ended";
    const socket = new FakeSocket();
    expect(guard.guard(authOf(), socket).ended).toBe("session_ended");
    expect(socket.closes).toEqual([[4001, "session_ended"]]);
    expect(guard.size).toBe(0);
  });

  test("when its credential has expired by the ledger's time, with the verifier's tolerance", async () => {
    const { feed, guard, round } = setUp();
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.now = EXPIRES + 4999;
    await round();
    expect(socket.closes).toEqual([]);
    feed.now = EXPIRES + 5000;
    await round();
    expect(socket.closes).toEqual([[4001, "token_expired"]]);
  });

  test("by force, if the other side does not answer the close", async () => {
    const { feed, guard, timer, round } = setUp();
    const [silent, polite] = [new FakeSocket(), new FakeSocket()];
    guard.guard(authOf(), silent);
    guard.guard(authOf(), polite);
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    polite.gone();
    timer.now = 1999;
    await round();
    expect(silent.terminated).toBe(0);
    timer.now = 2000;
    await round();
    expect([silent.terminated, polite.terminated]).toEqual([1, 0]);
    expect(timer.rounds.size).toBe(0);
  });

  test("even if the application throws when it is told", async () => {
    const { feed, guard } = setUp();
    const [first, second] = [new FakeSocket(), new FakeSocket()];
    const queued = vi.spyOn(globalThis, "queueMicrotask").mockImplementation(() => {});
    const ended = () => {
      throw new Error("a mistake");
    };
    guard.guard(authOf(), first, { ended });
    guard.guard(authOf(), second);
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    expect([first.closes.length, second.closes.length]).toEqual([1, 1]);
    expect(queued).toHaveBeenCalledTimes(1);
    vi.restoreAllMocks();
  });
});

describe("a renewal", () => {
  test("goes on with the fresher credential of the same session", async () => {
    const { feed, guard, round } = setUp();
    const socket = new FakeSocket();
    const guarded = guard.guard(authOf(), socket);
    expect(guarded.renew(authOf({ expiresAt: EXPIRES + 60_000, claimsVersion: 4 }))).toBe(true);
    feed.now = EXPIRES + 10_000;
    await round();
    feed.tell({ type: "claims-changed", sub: "usr_a", claims_version: 4 });
    expect(socket.closes).toEqual([]);
  });

  test("by an older one shortens nothing", async () => {
    const { feed, guard, round } = setUp();
    const socket = new FakeSocket();
    expect(guard.guard(authOf(), socket).renew(authOf({ expiresAt: EXPIRES - 60_000 }))).toBe(true);
    feed.now = EXPIRES - 10_000;
    await round();
    expect(socket.closes).toEqual([]);
  });

  test("by newer claims is taken, though they expire sooner", async () => {
    const { feed, guard, round } = setUp();
    const socket = new FakeSocket();
    const guarded = guard.guard(authOf(), socket);
    expect(guarded.renew(authOf({ claimsVersion: 4, expiresAt: EXPIRES - 60_000 }))).toBe(true);
    feed.tell({ type: "claims-changed", sub: "usr_a", claims_version: 4 });
    expect(socket.closes).toEqual([]);
    feed.now = EXPIRES - 55_000;
    await round();
    expect(socket.closes).toEqual([[4001, "token_expired"]]);
  });

  test("is refused for another session, for what is known to be no good, and after the end", () => {
    const { feed, guard, known } = setUp();
    const guarded = guard.guard(authOf(), new FakeSocket());
    expect(guarded.renew(authOf({ sid: "ses_b" }))).toBe(false);
    expect(guarded.renew(authOf({ sub: "usr_b" }))).toBe(false);
    expect(guarded.renew(authOf({ claimsVersion: 2 }))).toBe(false);
    expect(guarded.renew(authOf({ expiresAt: feed.now - 5000 }))).toBe(false);
    known.against = "session_ended";
    expect(guarded.renew(authOf())).toBe(false);
    known.against = null;
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    expect(guarded.renew(authOf())).toBe(false);
  });
});

describe("after the end of the verifier", () => {
  test.each(["catch-up", "reject", "accept"] as const)("a connection ends as it comes (%s)", async (whenStale) => {
    const { feed, guard, timer, round } = setUp({ whenStale });
    const [before, after] = [new FakeSocket(), new FakeSocket()];
    guard.guard(authOf(), before);
    feed.state = "stale";
    guard.close();
    expect(guard.guard(authOf(), after).ended).toBe("unavailable");
    expect([before.closes, after.closes]).toEqual([[[1013, "unavailable"]], [[1013, "unavailable"]]]);
    timer.now = 2000;
    await round();
    expect([before.terminated, after.terminated, timer.rounds.size]).toEqual([1, 1, 0]);
  });
});

describe("many connections", () => {
  test("of which some close, throw, and come anew while they are ended, all end, and nothing is left", async () => {
    const { feed, guard, known, timer } = setUp();
    const queued = vi.spyOn(globalThis, "queueMicrotask").mockImplementation(() => {});
    const sockets = Array.from({ length: 5000 }, () => new FakeSocket());
    const later: FakeSocket[] = [];
    const acts = [
      () => {
        throw new Error("a mistake");
      },
      (socket: FakeSocket) => socket.gone(),
      () => {
        later.push(new FakeSocket());
        guard.guard(authOf(), later.at(-1)!);
      },
      (_: FakeSocket, index: number) => sockets[index + 1]?.gone(),
    ];
    for (const [index, socket] of sockets.entries()) {
      guard.guard(authOf(), socket, { ended: () => acts[index % 4]!(socket, index) });
    }
    known.against = "session_ended";
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    vi.restoreAllMocks();
    expect([...sockets, ...later].every(({ closes, readyState }) => closes.length === 1 || readyState === 3)).toBe(
      true,
    );
    expect([guard.size, later.length > 0, queued.mock.calls.length > 0]).toEqual([0, true, true]);
    for (const socket of [...sockets, ...later]) socket.gone();
    expect(timer.rounds.size).toBe(0);
  });
});

describe("while the feed is stale", () => {
  test("a catch-up that helps keeps the connections, and one is enough for all", async () => {
    const { feed, guard } = setUp();
    const sockets = Array.from({ length: 5 }, () => new FakeSocket());
    for (const socket of sockets) guard.guard(authOf(), socket);
    feed.afterCatchUp = "fresh";
    feed.become("stale");
    guard.changed();
    await new Promise(setImmediate);
    expect(feed.catchUps).toBe(1);
    expect(sockets.flatMap(({ closes }) => closes)).toEqual([]);
  });

  test("one that does not help ends them: come again later", async () => {
    const { feed, guard } = setUp();
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.become("stale");
    await new Promise(setImmediate);
    expect(socket.closes).toEqual([[1013, "unavailable"]]);
  });

  test("reject ends them at once, and asks nobody", () => {
    const { feed, guard } = setUp({ whenStale: "reject" });
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.become("stale");
    expect(socket.closes).toEqual([[1013, "unavailable"]]);
    expect(feed.catchUps).toBe(0);
  });

  test("R147 where nothing comes unless it is asked for, accept keeps them and asks all the same", async () => {
    const { feed, guard, round } = setUp({ whenStale: "accept", polls: true });
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.become("stale");
    const asked = feed.catchUps;
    await round();
    await round();
    expect([feed.catchUps > asked, socket.closes]).toEqual([true, []]);
  });

  test("accept keeps them, but not when the feed is cold", () => {
    const { feed, guard } = setUp({ whenStale: "accept" });
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.become("stale");
    expect(socket.closes).toEqual([]);
    feed.become("cold");
    expect(socket.closes).toEqual([[1013, "unavailable"]]);
  });

  test("staleness that nobody tells of is found by the timer", async () => {
    const { feed, guard, round } = setUp();
    const socket = new FakeSocket();
    guard.guard(authOf(), socket);
    feed.state = "stale";
    await round();
    expect(socket.closes).toEqual([[1013, "unavailable"]]);
  });
});

describe("nothing is kept", () => {
  test("of a connection that closes by itself, nor a timer where there is none left", () => {
    const { feed, guard, timer } = setUp();
    const sockets = Array.from({ length: 100 }, () => new FakeSocket());
    const all = sockets.map((socket, index) => guard.guard(authOf({ sid: `ses_${index % 7}` }), socket));
    expect([guard.size, timer.rounds.size]).toEqual([100, 1]);
    for (const socket of sockets) socket.gone();
    expect([guard.size, timer.rounds.size]).toEqual([0, 0]);
    feed.tell({ type: "key-revoked", kid: "k" });
    expect(sockets.flatMap(({ closes }) => closes)).toEqual([]);
    expect(all.map(({ ended }) => ended)).toEqual(all.map(() => null));
  });

  test("of one that was released, or had closed before it was guarded", () => {
    const { feed, guard, timer } = setUp();
    const [released, closed] = [new FakeSocket(), new FakeSocket()];
    guard.guard(authOf(), released).release();
    closed.readyState = 3;
    guard.guard(authOf(), closed);
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    expect([released.closes, closed.closes, timer.rounds.size]).toEqual([[], [], 0]);
  });

  test("what is no connection is a mistake of the caller's", () => {
    const { guard } = setUp();
    expect(() => guard.guard(authOf(), {} as SocketLike)).toThrow(TypeError);
    const deaf = { readyState: 1, close: () => {} };
    expect(() => guard.guard(authOf(), deaf)).toThrow("that tells when it has closed");
  });
});

describe("R147 over real sockets", () => {
  test("a WebSocket of ws is closed with the code and the reason", async () => {
    const { feed, guard } = setUp();
    await using server = await listening((socket) => guard.guard(authOf(), socket));
    const client = new WebSocket(`ws://127.0.0.1:${server.port}`);
    const closed = once(client, "close");
    await once(client, "open");
    await vi.waitFor(() => expect(guard.size).toBe(1));
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    const [code, reason] = await closed;
    expect([code, String(reason)]).toEqual([4001, "session_ended"]);
    expect(guard.size).toBe(0);
  });

  test("a WebSocket of the Web's standard can be guarded, too", async () => {
    const { feed, guard } = setUp();
    await using server = await listening(() => {});
    const client = new globalThis.WebSocket(`ws://127.0.0.1:${server.port}`);
    await new Promise((resolve) => client.addEventListener("open", resolve));
    const closed = new Promise<CloseEvent>((resolve) => client.addEventListener("close", resolve));
    guard.guard(authOf(), client);
    feed.tell({ type: "claims-changed", sub: "usr_a", claims_version: 9 });
    expect((await closed).code).toBe(4001);
    expect(guard.size).toBe(0);
  });

  test("a stream of server-sent events ends, after a last event if the application sends one", async () => {
    const { feed, guard } = setUp();
    const server = createServer((_, response) => {
      response.writeHead(200, { "Content-Type": "text/event-stream" });
      response.write("data: hello\n\n");
      guard.guard(authOf(), response, { ended: (reason) => response.write(`event: bye\ndata: ${reason}\n\n`) });
    }).listen(0, "127.0.0.1");
    await once(server, "listening");
    const { port } = server.address() as AddressInfo;
    const asked = request({ port, host: "127.0.0.1" }).end();
    const [answer] = await once(asked, "response");
    let text = "";
    answer.setEncoding("utf8").on("data", (chunk: string) => (text += chunk));
    await vi.waitFor(() => expect(text).toContain("hello"));
    feed.tell({ type: "session-revoked", sid: "ses_a" });
    await once(answer, "end");
    expect(text).toContain("event: bye\ndata: session_ended\n\n");
    await vi.waitFor(() => expect(guard.size).toBe(0));
    server.close();
  });
});

async function listening(connected: (socket: WebSocket) => void) {
  const server = new WebSocketServer({ port: 0, host: "127.0.0.1" }).on("connection", connected);
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    async [Symbol.asyncDispose]() {
      for (const client of server.clients) client.terminate();
      server.close();
      await once(server, "close");
    },
  };
}
