import type { Outcome } from "@counterfoil/client";
import { askLab, runExchange, sending } from "../exchange/exchange.ts";
import type { Exchange, Target } from "../exchange/exchange.ts";

/** What came of a token that was sent for real. */
export interface Sent {
  readonly api: Exchange;
  readonly server: Exchange;
  /** The check that refused it, by the server’s own log; `null` where none did. */
  readonly reason: string | null;
}

const ROUTES: readonly (readonly [Target, string])[] = [
  ["api", "/orders"],
  ["server", "/dashboard"],
];

/** Sends a token to the API and to the server, as a client without a browser does. */
export async function sendToken(token: string): Promise<Outcome<{ readonly sent: Sent }>> {
  const [api, server] = await Promise.all(
    ROUTES.map(([target, path]) => runExchange({ target, method: "GET", path, ...sending(null, token) })),
  );
  if (!api!.ok) return api!;
  if (!server!.ok) return server!;
  const { exchange } = server!;
  const sent = { api: api!.exchange, server: exchange, reason: null };
  if (exchange.answer?.status === 200) return { ok: true, sent };
  const [, id = ""] = exchange.answer?.headers.find(([name]) => name.toLowerCase() === "request-id") ?? [];
  const logged = await askLab("GET", `refusals/${encodeURIComponent(id)}`);
  if (!logged.ok) return logged;
  const { reason, detail } = logged.value as { readonly reason: string; readonly detail: string | null };
  return { ok: true, sent: { ...sent, reason: reason === "access_token_refused" ? detail : reason } };
}
