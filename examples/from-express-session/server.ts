/** An application that kept its sessions with express-session, on the day it moves to Counterfoil: nobody is signed out. */
import { createCounterfoil } from "counterfoil";
import { toNodeHandler, toRequest } from "counterfoil/node";
import express from "express";
import session from "express-session";
import { FileStore } from "./store.ts";

declare module "express-session" {
  interface SessionData {
    userId: string;
  }
}

const users = new Map([
  ["1", { name: "kavya", roles: ["admin"] }],
  ["2", { name: "arjun", roles: ["user"] }],
]);

const port = Number(process.env["PORT"] ?? 3000);
const app = express();
app.use(
  session({
    secret: process.env["OLD_SECRET"] ?? "the secret that the application has always had",
    store: new FileStore(process.env["OLD_SESSIONS"] ?? "sessions.json"),
    resave: false,
    saveUninitialized: false,
  }),
);

const cf = createCounterfoil({
  issuer: `http://localhost:${port}/auth`,
  ledger: `sqlite:${process.env["LEDGER"] ?? "./counterfoil.db"}`,
  secret: process.env["COUNTERFOIL_SECRET"] ?? "",
  authenticate: async ({ username, password }) => findUser(username, password),
});

// The twelve lines. They stand behind session(), and before everything that asks who somebody is.
app.use(async (req, res, next) => {
  const seen = await cf.verifier.verifyRequest(toRequest(req));
  const user = users.get(req.session.userId ?? "");
  res.locals["sub"] = seen.ok ? seen.auth.sub : user && req.session.userId;
  if (seen.ok && user) req.session.destroy(() => undefined);
  else if (user && (req.get("sec-fetch-dest") ?? "document") === "document") {
    const who = { subject: String(req.session.userId), username: user.name, roles: user.roles };
    const answer = await cf.signIn(toRequest(req), who, { transport: "cookie", remoteAddress: req.ip });
    res.append("Set-Cookie", answer.headers.getSetCookie());
  }
  next();
});

app.use("/auth", toNodeHandler(cf));

app.get("/", (_req, res) => {
  const user = users.get(res.locals["sub"] ?? "");
  if (user === undefined) res.status(401).json({ error: "Sign in first." });
  else res.json({ message: `Welcome ${user.name}` });
});

/** As the application has always checked a password. */
function findUser(username: string, password: string) {
  const [found] = [...users].filter(([, { name }]) => name === username && password === `${name} has a password`);
  return found === undefined ? null : { subject: found[0], roles: found[1].roles };
}

app.listen(port, "localhost", () => console.log(`http://localhost:${port}`));
