/** A service in Hono that checks access tokens by itself: no request waits for the server. */
import { requireAuth, requireRole } from "@counterfoil/verifier/hono";
import { createVerifier } from "@counterfoil/verifier/node";
import { serve } from "@hono/node-server";
import type { HttpBindings } from "@hono/node-server";
import { RESPONSE_ALREADY_SENT } from "@hono/node-server/utils/response";
import { Hono } from "hono";

const port = Number(process.env["PORT"] ?? 3001);
const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";
const verifier = createVerifier({
  issuer,
  audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
  credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "", // of `counterfoil verifiers add orders`
});

const app = new Hono<{ Bindings: HttpBindings }>()
  .use(requireAuth(verifier))
  .get("/orders", (c) => c.json({ owner: c.var.auth.sub, orders: [] }))
  .get("/reports", requireRole("admin"), (c) => c.json({ reports: [] }))
  // A stream ends with its session: at the sign-out, not at the next request.
  .get("/events", (c) => {
    const { outgoing } = c.env;
    outgoing.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    outgoing.write("event: hello\ndata: {}\n\n");
    verifier.guard(c.var.auth, outgoing, { ended: (reason) => outgoing.write(`event: end\ndata: ${reason}\n\n`) });
    return RESPONSE_ALREADY_SENT;
  });

// Whoever listens before all revocations are known answers 503 until then.
await verifier.ready();
serve({ fetch: app.fetch, port, hostname: "localhost" }, () => console.log(`http://localhost:${port}`));
