import type { FetchOptions } from "../client.ts";
import { elapsedMs } from "../clock.ts";
import { isHidden } from "../page/page.ts";
import { random } from "../random.ts";
import { ClientError } from "../server/client-error.ts";
import { aborted } from "../server/pause.ts";
import { UNREACHABLE } from "../server/server.ts";
import { isUsable } from "../session/held.ts";
import type { Held } from "../session/held.ts";
import type { PageSession } from "../session/page-session.ts";
import { asksForToken } from "./challenge.ts";

/** How long a request waits for a server that is out of reach. */
const PATIENCE_MS = 20_000;

/** A `fetch` whose requests to the origins of the API carry the access token. To any other origin it is `fetch`. */
export function authorizedFetch(session: PageSession, origins: ReadonlySet<string>) {
  // A fraction of a token's life. Each page has its own, so that not all come at once.
  const due = 0.6 + 0.2 * random();
  let renewing = false;

  /** What the next request needs, in good time, while this one goes with what there is; and that the user is there. */
  function renewAhead(held: Held, quiet: boolean): void {
    const since = ({ obtained, active }: Held) => (quiet ? obtained : active);
    if (renewing || elapsedMs(since(held)) < due * held.lifetimeMs) return;
    renewing = true;
    const isLater = (other: Held) => since(other).wallMs > since(held).wallMs;
    session
      .until(isLater, quiet)
      .catch(() => undefined)
      .finally(() => (renewing = false));
  }

  return async (input: RequestInfo | URL, { background, ...init }: FetchOptions = {}): Promise<Response> => {
    const request = new Request(input, init);
    if (!origins.has(new URL(request.url).origin) || request.headers.has("authorization")) return fetch(request);
    session.start();
    const quiet = background ?? isHidden();
    const { epoch } = session;

    /** Whoever was signed in may have signed out meanwhile, or be somebody else: it is not his request. */
    const obtain = async (wish: (held: Held) => boolean): Promise<Held | null> => {
      const held = await patiently(session, wish, quiet, request.signal);
      epoch.throwIfAborted();
      return held;
    };
    const send = (unsent: Request, known: Held | null) => {
      if (known !== null) unsent.headers.set("Authorization", `Bearer ${known.accessToken}`);
      return fetch(unsent, { signal: AbortSignal.any([request.signal, epoch]) });
    };

    // Nobody is signed in, as far as is known: the server is asked about that if the API wants a token.
    const isOut = session.store.observable.current.status === "signed_out";
    const held = isOut ? null : await obtain(isUsable);
    if (held !== null) renewAhead(held, quiet);
    else if (!isOut) return fetch(request);
    const again = request.clone();
    const response = await send(request, held);
    if (!asksForToken(request, response)) return response;
    const newer = await obtain((other) => other.accessToken !== held?.accessToken && isUsable(other));
    if (newer === null) return response;
    await response.body?.cancel();
    return send(again, newer);
  };
}

/** The access token, or null where nobody is signed in. */
export async function accessTokenOf(session: PageSession): Promise<string | null> {
  session.start();
  const held = await patiently(session, isUsable, isHidden());
  return held?.accessToken ?? null;
}

/**
 * @throws ClientError if the server was out of reach for too long
 * @throws the signal's reason, if it was aborted
 */
async function patiently(
  session: PageSession,
  wish: (held: Held) => boolean,
  quiet: boolean,
  signal?: AbortSignal,
): Promise<Held | null> {
  if (session.held !== null && wish(session.held)) return session.held;
  const timeout = AbortSignal.timeout(PATIENCE_MS);
  const patience = signal ? AbortSignal.any([signal, timeout]) : timeout;
  const held = await Promise.race([session.until(wish, quiet, patience), aborted(patience)]);
  signal?.throwIfAborted();
  if (held === undefined) throw new ClientError(UNREACHABLE);
  return held;
}
