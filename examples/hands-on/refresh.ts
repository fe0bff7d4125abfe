/** 9.6 Refresh token endpoint: a refresh token for a new access token, and for the refresh token to use next. */
import type { Context } from "hono";
import { cf } from "./app.ts";

export function refresh(c: Context): Promise<Response> {
  return cf.fetch(c.req.raw);
}
