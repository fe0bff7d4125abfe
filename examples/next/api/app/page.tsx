import { authenticate } from "@counterfoil/verifier/next";
import { headers } from "next/headers";
import { verifier } from "../verifier.ts";

export default async function Page() {
  const seen = await authenticate(verifier, await headers());
  if (!seen.ok) return <p>{seen.body.error}</p>;
  return <p>Welcome {seen.auth.sub}</p>;
}
