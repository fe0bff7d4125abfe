/** A service in Express that checks access tokens by itself: no request waits for the server. */
import { requireAuth, requireRole } from "@counterfoil/verifier/express";
import { createVerifier } from "@counterfoil/verifier/node";
import express from "express";

const port = Number(process.env["PORT"] ?? 3001);
const issuer = process.env["COUNTERFOIL_ISSUER"] ?? "http://localhost:4000";
const verifier = createVerifier({
  issuer,
  audience: process.env["COUNTERFOIL_AUDIENCE"] ?? issuer,
  credential: process.env["COUNTERFOIL_CREDENTIAL"] ?? "", // of `counterfoil verifiers add orders`
});

const app = express();
const signedIn = requireAuth(verifier);

app.get("/orders", signedIn, (req, res) => {
  res.json({ owner: req.auth?.sub, orders: [] });
});

app.get("/reports", signedIn, requireRole("admin"), (_, res) => {
  res.json({ reports: [] });
});

// A stream ends with its session: at the sign-out, not at the next request.
app.get("/events", signedIn, (req, res) => {
  res.writeHead(200, { "Content-Type": "text/event-stream", "Cache-Control": "no-store" });
  res.write("event: hello\ndata: {}\n\n");
  verifier.guard(req.auth!, res, { ended: (reason) => res.write(`event: end\ndata: ${reason}\n\n`) });
});

// Whoever listens before all revocations are known answers 503 until then.
await verifier.ready();
app.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
