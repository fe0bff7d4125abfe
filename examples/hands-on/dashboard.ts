/** 9.5 Protected route: access token required. */
import type { Context } from "hono";
import { cf } from "./app.ts";
import { users } from "./users.ts";

export async function dashboard(c: Context): Promise<Response> {
  const seen = await cf.verifier.verifyRequest(c.req.raw);
  if (!seen.ok) return Response.json(seen.body, seen);
  const [currentUser] = [...users].find(([, { subject }]) => subject === seen.auth.sub)!;
  return c.json({ message: `Welcome ${currentUser}` });
}
