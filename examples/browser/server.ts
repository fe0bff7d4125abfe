/** What the pages of this folder need: Counterfoil under /auth of their own host, and an API of another origin. */
import { execFileSync } from "node:child_process";
import { existsSync, mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { serveStatic } from "@hono/node-server/serve-static";
import { createCounterfoil } from "counterfoil";
import { Hono } from "hono";
import { cors } from "hono/cors";
import { secureHeaders } from "hono/secure-headers";
import { build } from "vite";

const port = Number(process.env["PORT"] ?? 3000);
const page = `http://localhost:${port}`;
const apiPort = Number(process.env["API_PORT"] ?? port + 1);
const api = `http://localhost:${apiPort}`;
const data = process.env["DATA"] ?? ".counterfoil/browser";

const cf = createCounterfoil({
  issuer: `${page}/auth`,
  ledger: `sqlite:${data}/counterfoil.db`,
  secret: secretIn(`${data}/secret`),
  registration: "open",
});

/** Kept, so that whoever is signed in stays it over a restart. An application of your own has it in its environment. */
function secretIn(file: string): string {
  mkdirSync(data, { recursive: true, mode: 0o700 });
  if (!existsSync(file)) {
    const command = fileURLToPath(new URL("../../packages/server/bin/counterfoil.js", import.meta.url));
    writeFileSync(file, execFileSync(process.execPath, [command, "secret"]), { mode: 0o600 });
  }
  return readFileSync(file, "utf8").trim();
}

const users = [
  { username: "kavya", password: "the tram to the harbour", roles: ["admin"] },
  { username: "arjun", password: "a kettle on the stove", roles: ["user"] },
];
for (const user of users) await cf.users.create(user); // "taken" from the second start on

// The API is told apart from the pages by its port, as it would be by its host: the cookie is not for it, a token is.
const orders = new Hono();
const pages = [page, "http://localhost:5173"]; // Vite's own server too, for whoever works on the pages
orders.use(cors({ origin: pages, allowHeaders: ["Authorization"], exposeHeaders: ["WWW-Authenticate"] }));
orders.get("/orders", async (c) => {
  const seen = await cf.verifier.verifyRequest(c.req.raw);
  if (!seen.ok) return Response.json(seen.body, seen);
  return c.json({ owner: seen.auth.sub, roles: seen.auth.roles, orders: [] });
});

process.env["VITE_API"] = api;
const folder = fileURLToPath(new URL(".", import.meta.url));
await build({ root: folder, configFile: `${folder}/vite.config.ts`, logLevel: "warn" });

const app = new Hono();
// First: its answers have headers of their own.
app.all("/auth/*", (c) => cf.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));
app.use(
  secureHeaders({
    contentSecurityPolicy: {
      defaultSrc: ["'self'"],
      connectSrc: ["'self'", api],
      baseUri: ["'none'"],
      formAction: ["'none'"],
      frameAncestors: ["'none'"],
      objectSrc: ["'none'"],
    },
    strictTransportSecurity: false, // localhost has no TLS
  }),
);
app.use(serveStatic({ root: `${folder}/dist` }));

serve({ fetch: orders.fetch, port: apiPort, hostname: "localhost" });
serve({ fetch: app.fetch, port, hostname: "localhost" }, () => {
  console.log(`${page}  signing in, in plain TypeScript\n${page}/tabs.html  two tabs, in React`);
  for (const { username, password } of users) console.log(`  ${username} / ${password}`);
  console.log(`  npx counterfoil sessions list --data ${data}`);
});
