import type { FetchOptions } from "../client.ts";
import { asksForToken } from "../fetch/challenge.ts";
import { untilAborted } from "./exchange.ts";
import type { TokenWish } from "./holder.ts";
import type { Fetch } from "./options.ts";

export interface AuthorizedFetchParts {
  readonly fetch: Fetch;
  readonly apiOrigins: ReadonlySet<string>;
  /** When it is known whether somebody is signed in: aborted when another session takes the place of this one. */
  readonly era: () => Promise<AbortSignal>;
  readonly token: (wish: TokenWish) => Promise<string | null>;
}

/**
 * `fetch` with an access token for the API's origins, which is replaced once where the API refuses it. A redirect to
 * another origin carries no token: that is in the web's own definition (WHATWG Fetch §4.4), for every port and host.
 */
export function authorizedFetch({ fetch, apiOrigins, era: begun, token }: AuthorizedFetchParts) {
  return async (input: string | URL | Request, init: FetchOptions = {}): Promise<Response> => {
    const { background = false, ...rest } = init;
    const request = new Request(input, rest);
    const isOurs = apiOrigins.has(new URL(request.url).origin) && !request.headers.has("authorization");
    if (!isOurs) return fetch(request);

    const era = await untilAborted(request.signal, begun());
    const first = await untilAborted(request.signal, token({ background, refused: null }));
    era.throwIfAborted();
    if (first === null) return fetch(request);
    // With a body of its own, kept until it is known that nobody has to send it again.
    const spare = request.clone();
    const response = await fetch(withToken(request, first));
    if (era.aborted || !asksForToken(request, response)) {
      discard(spare);
      return response;
    }
    const second = await untilAborted(request.signal, token({ background, refused: first }));
    era.throwIfAborted();
    if (second === null) {
      discard(spare);
      return response;
    }
    discard(response);
    return fetch(withToken(spare, second));
  };
}

function withToken(request: Request, token: string): Request {
  request.headers.set("Authorization", `Bearer ${token}`);
  return request;
}

function discard({ body }: Request | Response): void {
  body?.cancel().catch(() => undefined);
}
