/** All steps together. */
import { serve } from "@hono/node-server";
import { Hono } from "hono";
import { port } from "./app.ts";
import { dashboard } from "./dashboard.ts";
import { login } from "./login.ts";
import { refresh } from "./refresh.ts";

const app = new Hono();
app.post("/login", login);
app.get("/dashboard", dashboard);
app.post("/refresh", refresh);

serve({ fetch: app.fetch, port, hostname: "localhost" }, () => console.log(`http://localhost:${port}`));
