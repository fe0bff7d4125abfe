/** A service in Fastify that checks access tokens by itself: no request waits for the server. */
import { requireAuth, requireRole } from "@counterfoil/verifier/fastify";
import { createVerifier } from "@counterfoil/verifier/node";
import { fastify } from "fastify";

const port = Number(process.env["PORT"] ?? 3001);
const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";
const verifier = createVerifier({
  issuer,
  audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
  credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "", // of `counterfoil verifiers add orders`
});

const app = fastify();

// Whatever is registered in here is for who has signed in.
await app.register(async (own) => {
  own.addHook("onRequest", requireAuth(verifier));

  const Orders = {
    type: "object",
    properties: { owner: { type: "string" }, orders: { type: "array" } },
  } as const;
  own.get("/orders", { schema: { response: { 200: Orders } } }, async (request) => {
    return { owner: request.auth?.sub, orders: [] };
  });

  own.get("/reports", { onRequest: requireRole("admin") }, async () => ({ reports: [] }));

  // A stream ends with its session: at the sign-out, not at the next request.
  own.get("/events", (request, reply) => {
    reply.hijack();
    reply.raw.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
    reply.raw.write("event: hello\ndata: {}\n\n");
    verifier.guard(request.auth!, reply.raw, {
      ended: (reason) => reply.raw.write(`event: end\ndata: ${reason}\n\n`),
    });
  });
});

// Whoever listens before all revocations are known answers 503 until then.
await verifier.ready();
await app.listen({ port, host: "localhost" });
console.log(`http://localhost:${port}`);
