/** A page that is rendered on the server for whoever has signed in, and kept up to date in the browser by a small script. */
import { serve } from "@hono/node-server";
import { getConnInfo } from "@hono/node-server/conninfo";
import { serveStatic } from "@hono/node-server/serve-static";
import { verify } from "@node-rs/argon2";
import { createCounterfoil } from "counterfoil";
import { Hono } from "hono";
import { html } from "hono/html";
import { secureHeaders } from "hono/secure-headers";
import { build } from "vite";

// The application's own users; the password of this one is "password123".
const kavya = {
  subject: "user-1",
  username: "kavya",
  roles: ["admin"],
  hash: "$argon2id$v=19$m=19456,t=2,p=1$b+54R00XDPCq8iptl52YvA$KyOSeor0vhhnIWxbjj9dOzlo7F+j7wrHoSdG94PE9+0",
};
const users = [kavya];

const port = Number(process.env["PORT"] ?? 3000);
const cf = createCounterfoil({
  issuer: `http://localhost:${port}/auth`,
  ledger: "memory:", // "sqlite:./counterfoil.db" keeps the sessions over a restart
  secret: process.env["COUNTERFOIL_SECRET"] ?? "",
  authenticate: async ({ username, password }) => {
    const user = users.find((one) => one.username === username);
    // Somebody's hash is checked in any case: else the time of an answer would tell who is a user here.
    const right = await verify((user ?? kavya).hash, password);
    return right && user !== undefined ? user : null;
  },
});

await build({ configFile: `${import.meta.dirname}/vite.config.ts`, logLevel: "warn" });

const app = new Hono();
// First: its answers have headers of their own, and are the ones that may set the cookie.
app.all("/auth/*", (c) => cf.fetch(c.req.raw, { remoteAddress: getConnInfo(c).remote.address }));
app.use(
  secureHeaders({
    contentSecurityPolicy: { defaultSrc: ["'self'"], formAction: ["'none'"], frameAncestors: ["'none'"] },
    strictTransportSecurity: false, // localhost has no TLS
  }),
);
app.use("/page.js", serveStatic({ root: `${import.meta.dirname}/dist` }));
app.get("/", async (c) => {
  // It reads the cookie and answers with none, so a page can be sent in pieces, or rendered twice, and nothing is lost.
  const seen = await cf.verifier.verifyRequest(c.req.raw);
  const user = seen.ok ? users.find((one) => one.subject === seen.auth.sub) : undefined;
  // Only a 401 says that nobody is signed in. After a fault neither is shown, and the script finds out.
  const nobody = !seen.ok && seen.status === 401;
  // One user's page is nobody else's, nor the next user's of this browser.
  c.header("Cache-Control", "no-store");
  return c.html(page(user?.username ?? null, nobody));
});

const page = (name: string | null, nobody: boolean) =>
  html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <title>Counterfoil and Hono</title>
        <script type="module" src="/page.js"></script>
      </head>
      <body>
        <p id="welcome" ${name === null ? "hidden" : ""}>
          Welcome <b id="name">${name}</b> <button id="sign-out" type="button">Sign out</button>
        </p>
        <form method="post" ${nobody ? "" : "hidden"}>
          <label>User name <input name="username" autocomplete="username" required /></label>
          <label>Password <input name="password" type="password" autocomplete="current-password" required /></label>
          <p id="problem" role="alert"></p>
          <button>Sign in</button>
        </form>
      </body>
    </html>`;

serve({ fetch: app.fetch, port, hostname: "localhost" }, () => console.log(`http://localhost:${port}`));
