/** Counterfoil in a Hono application: its routes under /auth, the application's own beside them. */
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { verify } from "@node-rs/argon2";
import { createCounterfoil } from "counterfoil";
import type { RequestAuth } from "counterfoil";
import { Hono } from "hono";
import { createMiddleware } from "hono/factory";

// The application's own users; the password of this one is "password123".
const kavya = {
  subject: "user-1",
  roles: ["admin"],
  hash: "$argon2id$v=19$m=19456,t=2,p=1$b+54R00XDPCq8iptl52YvA$KyOSeor0vhhnIWxbjj9dOzlo7F+j7wrHoSdG94PE9+0",
};
const users = new Map([["kavya", kavya]]);

const port = Number(process.env["PORT"] ?? 3000);
const cf = createCounterfoil({
  issuer: `http://localhost:${port}/auth`,
  ledger: "memory:", // "sqlite:./counterfoil.db" keeps the sessions over a restart
  secret: process.env["COUNTERFOIL_SECRET"] ?? "",
  authenticate: async ({ username, password }) => {
    const user = users.get(username);
    // Somebody's hash is checked in any case: else the time of an answer would tell who is a user here.
    const right = await verify((user ?? kavya).hash, password);
    return right && user !== undefined ? user : null;
  },
});

const requireAuth = createMiddleware<{ Variables: { auth: RequestAuth } }>(async (c, next) => {
  const seen = await cf.verifier.verifyRequest(c.req.raw);
  if (!seen.ok) return Response.json(seen.body, seen);
  c.set("auth", seen.auth);
  return next();
});

const app = new Hono();
// The client's address is what sign-ins are limited by.
app.all("/auth/*", (c) => cf.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));
app.get("/orders", requireAuth, (c) => c.json({ owner: c.var.auth.sub, orders: [] }));

serve({ fetch: app.fetch, port, hostname: "localhost" }, () => console.log(`http://localhost:${port}`));
