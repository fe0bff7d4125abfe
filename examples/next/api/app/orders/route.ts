import { withAuth } from "@counterfoil/verifier/next";
import { verifier } from "../../verifier.ts";

export const GET = withAuth(verifier, (_, { auth }) => Response.json({ owner: auth.sub, orders: [] }));
