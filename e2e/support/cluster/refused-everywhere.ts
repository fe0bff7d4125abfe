import { expect } from "vitest";
import { openStream } from "../event-stream.ts";
import { call, cookieName } from "../http.ts";
import { startService } from "../service.ts";
import type { Service } from "../service.ts";
import { ask } from "./ask.ts";
import type { Cluster } from "./cluster.ts";
import type { Node } from "./node.ts";

const PATIENCE = { timeout: 20_000, interval: 10 };

/** A service that follows one server's feed, and asks that server alone. */
export function serviceAt({ issuer, port }: Pick<Cluster, "issuer" | "port">, node: Node, credential: string): Service {
  return startService(
    { issuer, credential },
    { fetch: (url, init) => fetch(url.replace(`localhost:${port}`, `127.0.0.1:${node.port}`), init) },
  );
}

/**
 * Sessions that were opened beside all servers are in all their memories; each server ends one by cookie and one by
 * refresh token, and all the others refuse every credential of it, end its stream, and tell those who follow them.
 *
 * @returns how many sessions were ended
 */
export async function expectRefusedEverywhere(cluster: Cluster, credential: string): Promise<number> {
  const { nodes } = cluster;
  await using stack = new AsyncDisposableStack();
  const services = nodes.map((node) => stack.use(serviceAt(cluster, node, credential)));
  await Promise.all(services.map(({ verifier }) => verifier.ready()));
  const cookies = await cluster.openSessions(nodes.length, "cookie");
  const bearers = await cluster.openSessions(nodes.length, "bearer");
  for (const [index, node] of nodes.entries()) {
    const [byCookie, byToken] = [cookies[index]!, bearers[index]!];
    const presented = [{ cookie: byCookie.cookie }, { token: byCookie.access }, { token: byToken.access }];
    const look = () =>
      Promise.all(nodes.flatMap((at) => presented.map(async (one) => (await ask(at, "GET", "/me", one)).status)));
    const check = () =>
      Promise.all(services.flatMap((service) => [service.check(byCookie.access), service.check(byToken.access)]));
    expect(new Set(await look())).toEqual(new Set([200]));
    await expect.poll(async () => new Set(await check()), PATIENCE).toEqual(new Set(["accepted"]));
    const streams = await Promise.all(
      nodes.map((at) => openStream(at, "/me/stream", null, { Cookie: `${cookieName(at)}=${byCookie.cookie}` })),
    );
    for (const stream of streams) stack.use(stream);

    expect((await call(node, "POST", "/logout", { cookie: byCookie.cookie })).status).toBe(204);
    expect((await call(node, "POST", "/logout", { token: byToken.refresh })).status).toBe(204);
    // By the ledger, at once; by each memory, in a moment.
    for (const at of nodes) {
      expect((await call(at, "POST", "/refresh", { cookie: byCookie.cookie })).body["code"]).toBe("invalid_grant");
      expect((await call(at, "POST", "/refresh", { token: byToken.refresh })).body["code"]).toBe("invalid_grant");
    }
    await expect.poll(async () => new Set(await look()), PATIENCE).toEqual(new Set([401]));
    await expect.poll(async () => new Set(await check()), PATIENCE).toEqual(new Set(["401 session_revoked"]));
    await Promise.all(streams.map(({ ended }) => ended));
    for (const stream of streams) expect(stream.events().map(({ type }) => type)).toEqual(["session-ended"]);
  }
  return cookies.length + bearers.length;
}
