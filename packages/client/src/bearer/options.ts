import type { TokenStorage } from "../storage/token-storage.ts";
import { systemClock } from "./clock.ts";
import type { Clock } from "./clock.ts";

/** The part of the web's `fetch` that is used here. */
export type Fetch = (request: Request) => Promise<Response>;

export interface BearerClientOptions {
  /** The server's public URL: `https://app.example.com/auth`. */
  readonly url: string;
  /** Where the session is kept: `fileStorage(path)` of `@counterfoil/client/node`, `memoryStorage()`, or one of your own. */
  readonly storage: TokenStorage;
  /** The origins whose requests carry the access token, such as `https://api.example.com`. No other ever gets it. */
  readonly apiOrigins?: readonly string[];
  /**
   * For how long the server is asked again while it is out of reach, in seconds: 30 where it is left out. An attempt that
   * was begun by then may take 15 seconds more.
   */
  readonly retryForSeconds?: number;
  /** Allows `http:` beyond this machine: whoever is on the way can then read every token. */
  readonly insecureHttp?: boolean;
  readonly fetch?: Fetch;
  readonly clock?: Clock;
}

/** Options that were looked at. */
export interface Settings {
  readonly url: string;
  readonly storage: TokenStorage;
  readonly apiOrigins: ReadonlySet<string>;
  readonly retryForMs: number;
  readonly fetch: Fetch;
  readonly clock: Clock;
}

const NAMES: readonly (keyof BearerClientOptions)[] = [
  "url",
  "storage",
  "apiOrigins",
  "retryForSeconds",
  "insecureHttp",
  "fetch",
  "clock",
];

/** @throws TypeError for whatever is wrong: the sentence says what would be right */
export function readOptions(options: BearerClientOptions): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("createBearerClient takes an object with url and storage.");
  }
  for (const name of Object.keys(options)) {
    // A misspelled `apiOrigins` would silently be none.
    if (!(NAMES as readonly string[]).includes(name)) {
      throw new TypeError(`There is no option ${name}: the options are ${NAMES.join(", ")}.`);
    }
  }
  const { storage, retryForSeconds = 30, insecureHttp, apiOrigins = [] } = options;
  if (typeof storage?.read !== "function" || typeof storage.replace !== "function") {
    throw new TypeError("storage has the methods read and replace: fileStorage(path) and memoryStorage() give one.");
  }
  if (typeof retryForSeconds !== "number" || !(retryForSeconds >= 0)) {
    throw new TypeError("retryForSeconds is a number of seconds, 0 for one attempt alone.");
  }
  if (!Array.isArray(apiOrigins)) throw new TypeError('apiOrigins is a list, such as ["https://api.example.com"].');
  return {
    url: checkUrl(options.url, insecureHttp),
    storage,
    apiOrigins: new Set(apiOrigins.map((origin) => checkOrigin(origin, insecureHttp))),
    retryForMs: retryForSeconds * 1000,
    // Looked up at each call: a runtime, or whoever traces its requests, may replace it later.
    fetch: options.fetch ?? ((request) => globalThis.fetch(request)),
    clock: options.clock ?? systemClock,
  };
}

function checkUrl(value: unknown, insecureHttp: unknown): string {
  const url = parse(value);
  if (url === null || url.search !== "" || url.hash !== "" || url.username !== "" || url.password !== "") {
    throw new TypeError(
      "url is the server's public URL without query or fragment, such as https://app.example.com/auth.",
    );
  }
  checkScheme("url", url, insecureHttp);
  return url.origin + url.pathname.replace(/\/+$/, "");
}

function checkOrigin(value: unknown, insecureHttp: unknown): string {
  const url = parse(value);
  if (url === null) {
    throw new TypeError("apiOrigins is a list of origins: scheme, host and port, such as https://api.example.com.");
  }
  if (url.origin !== value) throw new TypeError(`apiOrigins has origins, without a path: write ${url.origin}.`);
  checkScheme("apiOrigins", url, insecureHttp);
  return url.origin;
}

function parse(value: unknown): URL | null {
  const url = typeof value === "string" && URL.canParse(value) ? new URL(value) : null;
  return url !== null && /^https?:$/.test(url.protocol) ? url : null;
}

/** Its own machine alone hears what is sent there (RFC 6761 §6.3, RFC 8252 §7.3). */
const LOOPBACK = /^(?:localhost|.+\.localhost|127(?:\.\d+){3}|\[::1\])$/;

function checkScheme(name: string, { protocol, hostname, host }: URL, insecureHttp: unknown): void {
  if (protocol === "https:" || LOOPBACK.test(hostname) || insecureHttp === true) return;
  throw new TypeError(
    `${name} is https: beyond this machine, since whoever is on the way reads the tokens: write https://${host}. ` +
      "insecureHttp: true allows http: by name.",
  );
}
