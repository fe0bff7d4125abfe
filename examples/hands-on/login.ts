/** 9.4 Login API: create tokens. `cf` reads the JSON, asks `authenticate`, opens a session and signs. */
import type { Context } from "hono";
import { cf } from "./app.ts";

export function login(c: Context): Promise<Response> {
  return cf.fetch(c.req.raw);
}
