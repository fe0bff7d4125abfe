import { PATHS } from "@counterfoil/protocol";
import type { Fetch } from "@counterfoil/verifier";
import { createVerifier } from "@counterfoil/verifier/node";
import type { NodeVerifier } from "@counterfoil/verifier/node";
import { AUDIENCE, ISSUER } from "../packages/verifier/test/mint.ts";
import type { SigningKey } from "../packages/verifier/test/mint.ts";

/** As often as the server sends them. */
const RECEIPT_MS = 250;
const TIMELINE = "bench";

/**
 * A verifier as a service has it, and ready: only its server is a function, which answers with the JWK Set and with a
 * stream of receipts.
 */
export async function fedVerifier(key: SigningKey, cacheSize: number): Promise<NodeVerifier> {
  const verifier = createVerifier({
    issuer: ISSUER,
    audience: AUDIENCE,
    credential: `cfv_${"A".repeat(48)}`,
    cacheSize,
    fetch: serverOf(key),
  });
  await verifier.ready();
  return verifier;
}

function serverOf(key: SigningKey): Fetch {
  return async (url, { signal }) => {
    if (url.endsWith(PATHS.jwkSet)) return Response.json({ keys: [key.jwk] });
    return new Response(stream(signal), { headers: { "Content-Type": "text/event-stream" } });
  };
}

function stream(signal: AbortSignal): ReadableStream<Uint8Array> {
  const utf8 = new TextEncoder();
  let timer: NodeJS.Timeout;
  return new ReadableStream({
    start(controller) {
      const send = (name: string, data: unknown) => {
        controller.enqueue(utf8.encode(`id: ${TIMELINE}.1\nevent: ${name}\ndata: ${JSON.stringify(data)}\n\n`));
      };
      const receipt = () => send("receipt", { ledger_time: Date.now(), read_at: performance.now() });
      send("feed", { version: 1, issuer: ISSUER, timeline: TIMELINE, complete: true });
      // A set that is not empty: every check looks into it.
      send("revocations", [{ type: "session-revoked", sid: "ses_AAAAAAAAAAAAAAAAAAAAAQ" }]);
      receipt();
      timer = setInterval(receipt, RECEIPT_MS).unref();
      signal.addEventListener("abort", () => clearInterval(timer));
    },
    cancel: () => clearInterval(timer),
  });
}
