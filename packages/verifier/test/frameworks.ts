import { once } from "node:events";
import { createServer } from "node:http";
import type { IncomingMessage, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { serve } from "@hono/node-server";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import * as forExpress from "../src/express.ts";
import * as forFastify from "../src/fastify.ts";
import * as forHono from "../src/hono.ts";
import type { RequestVerifier } from "../src/index.ts";
import { withAuth } from "../src/next.ts";
import { withAuth as withNodeAuth } from "../src/node.ts";

export interface Framework extends AsyncDisposable {
  readonly url: string;
}

/**
 * The same service in each framework: `/orders` takes anybody who is signed in, `/admin` an administrator, and
 * `/maybe` anybody at all. Each answers with who called.
 */
export const FRAMEWORKS: Readonly<Record<string, (verifier: RequestVerifier) => Promise<Framework>>> = {
  express: (verifier) => {
    const { requireAuth, requireRole } = forExpress;
    const app = express();
    app.use(
      "/api",
      express.Router().get("/orders", requireAuth(verifier), (req, res) => res.json(req.auth)),
    );
    app.get("/orders", requireAuth(verifier), (req, res) => res.json(req.auth));
    app.get("/admin", requireAuth(verifier), requireRole("admin", "owner"), (req, res) => res.json(req.auth));
    app.get("/maybe", requireAuth(verifier, { optional: true }), (req, res) => res.json(req.auth ?? null));
    return listening(app.listen(0, "127.0.0.1"));
  },

  fastify: async (verifier) => {
    const { requireAuth, requireRole } = forFastify;
    const app = fastify();
    const schema = { response: { 200: { type: "object", properties: { sub: { type: "string" }, via: {} } } } } as const;
    await app.register(
      async (api) => {
        api.addHook("onRequest", requireAuth(verifier));
        api.get("/orders", async (request) => request.auth);
      },
      { prefix: "/api" },
    );
    app.get("/orders", { schema, onRequest: requireAuth(verifier) }, async (request) => request.auth);
    app.get(
      "/admin",
      { onRequest: [requireAuth(verifier), requireRole("admin", "owner")] },
      async (request) => request.auth,
    );
    app.get("/maybe", { onRequest: requireAuth(verifier, { optional: true }) }, async (request, reply) =>
      reply.send(JSON.stringify(request.auth ?? null)),
    );
    const url = await app.listen({ port: 0, host: "127.0.0.1" });
    return { url, [Symbol.asyncDispose]: () => app.close() };
  },

  hono: (verifier) => {
    const { requireAuth, requireRole } = forHono;
    const app = new Hono();
    app.get("/orders", requireAuth(verifier), (c) => c.json({ ...c.var.auth, sub: c.var.auth.sub }));
    app.get("/admin", requireAuth(verifier), requireRole("admin", "owner"), (c) => c.json(c.var.auth));
    app.get("/maybe", requireAuth(verifier, { optional: true }), (c) => c.json(c.var.auth ?? null));
    app.route(
      "/api",
      new Hono().use(requireAuth(verifier)).get("/orders", (c) => c.json(c.get("auth" as never))),
    );
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },

  "node:http": (verifier) =>
    listening(
      createServer((incoming, outgoing) => {
        const role = incoming.url === "/admin" ? { role: ["admin", "owner"] } : {};
        const answer = withNodeAuth<IncomingMessage, ServerResponse>(
          verifier,
          (_, out, auth) => {
            out.writeHead(200, { "Content-Type": "application/json" }).end(JSON.stringify(auth));
          },
          role,
        );
        answer(incoming, outgoing);
      }).listen(0, "127.0.0.1"),
    ),

  next: (verifier) => {
    // Route handlers as Next calls them: with a Web-standard request, and the address's parameters.
    const handlers: Readonly<Record<string, ReturnType<typeof withAuth>>> = {
      "/orders": withAuth(verifier, (_, { auth }) => Response.json(auth)),
      "/admin": withAuth(verifier, (_, { auth }) => Response.json(auth), { role: ["admin", "owner"] }),
    };
    const app = new Hono().all("*", (c) => handlers[c.req.path]!(c.req.raw, { params: Promise.resolve({}) }));
    return listening(serve({ fetch: app.fetch, port: 0, hostname: "127.0.0.1" }) as Server);
  },
};

async function listening(server: Server): Promise<Framework> {
  if (!server.listening) await once(server, "listening");
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections();
      server.close();
      await once(server, "close");
    },
  };
}
