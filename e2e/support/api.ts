import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, ServerResponse } from "node:http";
import { createSecureServer } from "node:http2";
import type { AddressInfo } from "node:net";
import { buffer } from "node:stream/consumers";
import type { Counterfoil } from "../../packages/server/src/counterfoil.ts";
import type { Certificate } from "./certificate.ts";

/** A request as the API got it. */
export interface ApiRequest {
  readonly method: string;
  readonly path: string;
  readonly authorization: string | null;
  readonly contentType: string | null;
  readonly body: string;
  /** Whose it is, where a token was accepted. */
  readonly sub: string | null;
}

/**
 * An application's API on an origin of its own: `/own` answers whose the token is, `/open` asks for none, `/refuse` says
 * that every token is out of date, and `/redirect?to=` sends elsewhere.
 */
export interface TestApi extends AsyncDisposable {
  readonly port: number;
  /** All but preflights. */
  readonly requests: ApiRequest[];
  /** Those to a path, the query left out. */
  to(path: string): readonly ApiRequest[];
}

interface Options {
  /** Whose tokens it takes. */
  readonly cf: Counterfoil;
  /** Ends TLS, in HTTP/2 too: a browser sends a stream by no other. Plain HTTP where it is `null`. */
  readonly certificate: Certificate | null;
}

const CLAIMS_CHANGED = { error: "What the token says of its user has changed: refresh it.", code: "claims_changed" };

/** @param beside another one, whose list of requests this one goes on with */
export async function startApi({ cf, certificate }: Options, beside?: TestApi): Promise<TestApi> {
  const requests: ApiRequest[] = beside?.requests ?? [];
  const note = (incoming: IncomingMessage, body: Buffer, sub: string | null) => {
    const { method = "", url: path = "", headers } = incoming;
    const { authorization = null, "content-type": contentType = null } = headers;
    requests.push({ method, path, authorization, contentType, body: body.toString("latin1"), sub });
  };

  async function answer(incoming: IncomingMessage, outgoing: ServerResponse): Promise<void> {
    const body = await buffer(incoming);
    const { pathname, searchParams } = new URL(incoming.url ?? "", "http://api");
    const json = (status: number, value: object) => {
      outgoing.writeHead(status, { "Content-Type": "application/json" }).end(JSON.stringify(value));
    };
    if (pathname === "/own") {
      // The token alone, as a service elsewhere has it: to the server itself, the page is of its own origin.
      const seen = await cf.verifier.verify(incoming.headers.authorization?.replace("Bearer ", "") ?? "");
      note(incoming, body, seen.ok ? seen.auth.sub : null);
      if (!seen.ok) {
        for (const [name, value] of Object.entries(seen.headers)) outgoing.setHeader(name, value);
        return json(seen.status, { error: seen.code, code: seen.code });
      }
      return json(200, { sub: seen.auth.sub, roles: seen.auth.roles });
    }
    note(incoming, body, null);
    switch (pathname) {
      case "/open":
        return json(200, { authorization: incoming.headers.authorization ?? null });
      case "/refuse":
        outgoing.setHeader("WWW-Authenticate", 'Bearer error="invalid_token"');
        return json(401, CLAIMS_CHANGED);
      case "/redirect":
        outgoing.writeHead(307, { Location: searchParams.get("to") ?? "/" }).end();
        return;
      default:
        return json(404, {});
    }
  }

  const listener: RequestListener = (incoming, outgoing) => {
    // Any page may ask it anything: what is to hold is what the client sends.
    outgoing.setHeader("Access-Control-Allow-Origin", incoming.headers.origin ?? "*");
    outgoing.setHeader("Access-Control-Expose-Headers", "WWW-Authenticate");
    outgoing.setHeader("Cache-Control", "no-store");
    if (incoming.method === "OPTIONS") {
      const asked = incoming.headers["access-control-request-headers"];
      outgoing.setHeader("Access-Control-Allow-Methods", "GET, POST, PUT, DELETE");
      if (asked !== undefined) outgoing.setHeader("Access-Control-Allow-Headers", asked);
      outgoing.writeHead(204).end();
      return;
    }
    answer(incoming, outgoing).catch(() => outgoing.destroy());
  };
  const sockets = new Set<{ destroy(): void }>();
  const server =
    certificate === null
      ? createServer(listener)
      : createSecureServer({ key: certificate.key, cert: certificate.cert, allowHTTP1: true }, (incoming, outgoing) =>
          // Node's own promise: what a listener of `node:http` needs is there, whichever version came.
          listener(
            incoming as unknown as IncomingMessage,
            outgoing as unknown as ServerResponse & { req: IncomingMessage },
          ),
        );
  server.on("connection", (socket: { destroy(): void }) => sockets.add(socket));
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  return {
    port: (server.address() as AddressInfo).port,
    requests,
    to: (path) => requests.filter((each) => each.path.split("?", 1)[0] === path),
    async [Symbol.asyncDispose]() {
      const closed = once(server, "close");
      server.close();
      for (const socket of sockets) socket.destroy();
      await closed;
    },
  };
}
