import { withAuth } from "@counterfoil/verifier/next";
import { verifier } from "../../verifier.ts";

export const GET = withAuth(verifier, () => Response.json({ reports: [] }), { role: "admin" });
