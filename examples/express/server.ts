/** Counterfoil in an Express application that has users of its own, with bcrypt hashes. */
import { randomBytes } from "node:crypto";
import bcrypt from "bcryptjs";
import { createCounterfoil } from "counterfoil";
import type { RequestAuth } from "counterfoil";
import { sendResponse, toNodeHandler, toRequest } from "counterfoil/node";
import express from "express";

declare module "express-serve-static-core" {
  interface Request {
    auth?: RequestAuth;
  }
}

const kavyasHash = "$2b$10$ZNogGXpjLcNlVGCr/dZ66ujGqaOq.tqaOWLOZlzFcaYfggGauWrBi"; // of "password123"
const arjunsHash = "$2b$10$8euXivgmzN3VyaCg5J1d2e/li2167KOrkyYNlqsijwIsJ4OKHHOh2";
const users = [
  { subject: "user-1", username: "kavya", roles: ["admin"], tenant: "acme", hash: kavyasHash },
  { subject: "user-2", username: "arjun", roles: ["user"], tenant: "globex", hash: arjunsHash },
];

const port = Number(process.env["PORT"] ?? 3000);
const cf = createCounterfoil({
  issuer: `http://localhost:${port}/auth`,
  ledger: "memory:", // "sqlite:./counterfoil.db" keeps the sessions over a restart
  secret: process.env["COUNTERFOIL_SECRET"] ?? "",
  authenticate: async ({ username, password }) => {
    const user = users.find((one) => one.username === username) ?? null;
    // Somebody's hash is checked in any case: else the time of an answer would tell who is a user here.
    return (await bcrypt.compare(password, user?.hash ?? kavyasHash)) ? user : null;
  },
  claims: ({ subject }) => ({ tenant_id: users.find((one) => one.subject === subject)?.tenant }),
});

const app = express();
// Above express.json(): a body can be read once.
app.use("/auth", toNodeHandler(cf)).use(express.json());

const requireAuth: express.RequestHandler = async (req, res, next) => {
  const seen = await cf.verifier.verifyRequest(toRequest(req));
  if (!seen.ok) return void res.status(seen.status).set(seen.headers).json(seen.body);
  req.auth = seen.auth;
  return next();
};

app.get("/orders", requireAuth, (req, res) => {
  res.json({ owner: req.auth?.sub, orders: [] });
});

// The session's own data: it ends with the session, and is in no token. `version` lets one of two writers win.
app.post("/cart", requireAuth, async (req, res) => {
  const session = await cf.sessions.read(req.auth!.sid);
  const cart = { ...(session?.data["cart"] as object), [req.body.item]: req.body.count };
  const outcome = session && (await cf.sessions.amend(req.auth!.sid, session.version, { ...session.data, cart }));
  res.status(outcome === "amended" ? 200 : 409).json({ outcome, cart });
});

// A way in without a password: a link by mail, good for one sign-in within ten minutes. (In a table, keep its hash.)
const links = new Map<unknown, (typeof users)[number]>();
app.post("/magic-link", (req, res) => {
  const token = randomBytes(32).toString("base64url");
  const user = users.find((one) => one.username === req.body.username);
  if (user !== undefined) {
    links.set(token, user);
    setTimeout(() => links.delete(token), 600_000).unref();
    console.log(`mail to ${user.username}: open http://localhost:${port}/sign-in#${token}`);
  }
  res.status(202).json({ message: "If that is a user, there is mail." });
});

// A POST by the page that the link opens: whatever looks at links in mails uses none up.
app.post("/magic-link/redeem", async (req, res) => {
  const user = links.get(req.body.token);
  links.delete(req.body.token);
  if (user === undefined) return void res.status(401).json({ error: "Ask for a new link." });
  return sendResponse(await cf.signIn(toRequest(req), user, { amr: ["otp"], remoteAddress: req.ip }), res);
});

app.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
