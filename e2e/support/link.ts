import { once } from "node:events";
import { createServer, connect } from "node:net";
import type { AddressInfo, Socket } from "node:net";
import { setTimeout as sleep } from "node:timers/promises";

/**
 * The network between a verifier and its server, as a TCP proxy that loses, keeps and delivers late. It never sends a
 * reset by itself: what is cut stays open on both sides, as behind a firewall that drops.
 */
export interface Link extends AsyncDisposable {
  readonly port: number;
  /** Nothing goes through from here on, in either direction, and nobody is told. What is sent meanwhile is kept. */
  cut(): void;
  /** What was kept is delivered, and all goes on. */
  heal(): void;
  /** Delivers what was kept for the reader, a piece each `everyMs`, and lets nothing else through. */
  drain(everyMs: number): Promise<void>;
  /** Resets every connection that is open. */
  reset(): void;
  /** How many connections have been made through it. */
  readonly connections: number;
}

interface Pair {
  readonly near: Socket;
  readonly far: Socket;
  readonly toNear: Buffer[];
  readonly toFar: Buffer[];
}

/** @param target where what it is given leads to: a port of this machine, which may change */
export async function openLink(target: () => number): Promise<Link> {
  const pairs = new Set<Pair>();
  let isCut = false;
  let connections = 0;

  const server = createServer((near) => {
    connections++;
    const far = connect(target(), "127.0.0.1");
    const pair: Pair = { near, far, toNear: [], toFar: [] };
    pairs.add(pair);
    near.on("data", (data: Buffer) => (isCut ? pair.toFar.push(data) : far.write(data)));
    far.on("data", (data: Buffer) => (isCut ? pair.toNear.push(data) : near.write(data)));
    const close = () => {
      // Behind a cut, an end is not heard of either.
      if (isCut) return;
      pairs.delete(pair);
      near.destroy();
      far.destroy();
    };
    for (const socket of [near, far]) socket.on("close", close).on("error", () => undefined);
  }).listen(0, "127.0.0.1");
  await once(server, "listening");

  const forget = (pair: Pair) => {
    pairs.delete(pair);
    pair.near.destroy();
    pair.far.destroy();
  };
  return {
    port: (server.address() as AddressInfo).port,
    get connections() {
      return connections;
    },
    cut: () => {
      isCut = true;
    },
    heal: () => {
      isCut = false;
      for (const pair of pairs) {
        for (const data of pair.toFar.splice(0)) pair.far.write(data);
        for (const data of pair.toNear.splice(0)) pair.near.write(data);
        if (pair.near.destroyed || pair.far.destroyed) forget(pair);
      }
    },
    drain: async (everyMs) => {
      const kept = [...pairs].flatMap(({ near, toNear }) => toNear.splice(0).map((data) => ({ near, data })));
      for (const { near, data } of kept) {
        near.write(data);
        await sleep(everyMs);
      }
    },
    reset: () => {
      for (const pair of pairs) {
        pair.near.resetAndDestroy();
        pair.far.destroy();
        pairs.delete(pair);
      }
    },
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const pair of pairs) forget(pair);
      await closed;
    },
  };
}
