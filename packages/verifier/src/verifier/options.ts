import type { Revocation, SigningAlgorithm } from "@counterfoil/protocol";
import { systemClock } from "../clock.ts";
import type { VerifierClock } from "../clock.ts";
import type { FeedState } from "../feed/feed.ts";
import { systemFetch } from "../fetch/fetch.ts";
import type { Fetch } from "../fetch/fetch.ts";
import { ASYMMETRIC } from "../kernel/options.ts";
import { systemRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { Credential } from "./credential.ts";

export interface VerifierOptions {
  /** The server's public URL, letter for letter as its tokens have it: `https://app.example.com/auth`. */
  readonly issuer: string;
  /** Who this service is: a token must name one of these exactly. `null` accepts tokens that are for anybody. */
  readonly audience: string | readonly string[] | null;
  /** What `counterfoil verifiers add NAME` printed. */
  readonly credential: string;
  /**
   * `stream`, the default, is told of each revocation as it happens. `poll` asks when a token has to be checked, and
   * keeps nothing running in between: for runtimes that stop between requests.
   */
  readonly feed?: "stream" | "poll";
  /**
   * What becomes of a good token while more than a second has passed since all revocations were known: `catch-up`, the
   * default, asks once for all who wait, and answers 503 if that fails; `reject` answers 503 at once; `accept` accepts
   * it, and with it whatever was revoked meanwhile. Before all was known once, nothing is accepted in any case.
   */
  readonly whenStale?: "catch-up" | "reject" | "accept";
  /** The signatures that are accepted; by default all asymmetric ones. */
  readonly algorithms?: readonly SigningAlgorithm[];
  /** How many verified tokens are remembered, 10,000 by default; 0 for none. One takes about 1.5 KB. */
  readonly cacheSize?: number;
  /** Allows `http:` beyond this machine: whoever is on the way can then read the credential, and forge keys. */
  readonly insecureHttp?: boolean;
  readonly fetch?: Fetch;
  readonly clock?: VerifierClock;
  readonly random?: Random;
  /** Told each change, and why. What it throws is noted in `status.lastError`. */
  readonly onStateChange?: (state: FeedState, why: string) => void;
  /** Told each revocation, once it has taken effect here. Repeats come too. */
  readonly onRevocation?: (entry: Revocation) => void;
}

/** Options that were looked at. */
export interface Settings {
  readonly issuer: string;
  readonly audience: string | readonly string[] | null;
  readonly credential: Credential;
  readonly feed: "stream" | "poll";
  readonly whenStale: "catch-up" | "reject" | "accept";
  readonly algorithms: readonly SigningAlgorithm[];
  readonly cacheSize: number | undefined;
  readonly fetch: Fetch;
  readonly clock: VerifierClock;
  readonly random: Random;
  readonly onStateChange: ((state: FeedState, why: string) => void) | undefined;
  readonly onRevocation: ((entry: Revocation) => void) | undefined;
}

const NAMES: readonly (keyof VerifierOptions)[] = [
  "issuer",
  "audience",
  "credential",
  "feed",
  "whenStale",
  "algorithms",
  "cacheSize",
  "insecureHttp",
  "fetch",
  "clock",
  "random",
  "onStateChange",
  "onRevocation",
];

/**
 * @param more options that there are beside these, and that somebody else looks at. The kernel looks at `audience` and `cacheSize`.
 *
 * @throws TypeError for whatever is wrong: the sentence says what would be right
 */
export function readOptions(options: VerifierOptions, more: readonly string[] = []): Settings {
  if (typeof options !== "object" || options === null) {
    throw new TypeError("createVerifier takes an object with issuer, audience and credential.");
  }
  const names: readonly string[] = [...NAMES, ...more];
  for (const name of Object.keys(options)) {
    // A misspelled `whenStale` would silently be the default.
    if (!names.includes(name)) throw new TypeError(`There is no option ${name}: the options are ${names.join(", ")}.`);
  }
  const feed = options.feed ?? "stream";
  const whenStale = options.whenStale ?? "catch-up";
  oneOf("feed", feed, ["stream", "poll"]);
  oneOf("whenStale", whenStale, ["catch-up", "reject", "accept"]);
  if (feed === "poll" && whenStale === "reject") {
    throw new TypeError('With feed "poll" only a catch-up brings news: whenStale is "catch-up" or "accept" there.');
  }
  for (const name of ["fetch", "random", "onStateChange", "onRevocation"] as const) {
    const value: unknown = options[name];
    if (value !== undefined && typeof value !== "function") throw new TypeError(`${name} is a function.`);
  }
  return {
    issuer: checkIssuer(options.issuer, options.insecureHttp),
    audience: options.audience,
    credential: Credential.parse(options.credential),
    feed,
    whenStale,
    algorithms: checkAlgorithms(options.algorithms),
    cacheSize: options.cacheSize,
    fetch: options.fetch ?? systemFetch,
    clock: options.clock ?? systemClock,
    random: options.random ?? systemRandom,
    onStateChange: options.onStateChange,
    onRevocation: options.onRevocation,
  };
}

function oneOf(name: string, value: string, values: readonly string[]): void {
  if (values.includes(value)) return;
  throw new TypeError(`${name} is ${values.map((each) => `"${each}"`).join(" or ")}.`);
}

const LOOPBACK: ReadonlySet<string> = new Set(["localhost", "127.0.0.1", "[::1]"]);

function checkIssuer(issuer: unknown, insecureHttp: unknown): string {
  const url = typeof issuer === "string" && URL.canParse(issuer) ? new URL(issuer) : null;
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    const missing = issuer === undefined ? "missing: " : "";
    throw new TypeError(
      `issuer is ${missing}the server's public URL without query or fragment, such as https://app.example.com/auth.`,
    );
  }
  const normal = url.origin + url.pathname.replace(/\/$/, "");
  // Tokens carry it letter for letter (RFC 8414 §3.3).
  if (issuer !== normal) throw new TypeError(`issuer is compared letter for letter: write ${normal}.`);
  if (url.protocol === "http:" && !LOOPBACK.has(url.hostname) && insecureHttp !== true) {
    throw new TypeError(
      "issuer is https: beyond localhost, since whoever is on the way reads the credential and forges keys. insecureHttp: true allows it by name.",
    );
  }
  return normal;
}

function checkAlgorithms(algorithms: unknown): readonly SigningAlgorithm[] {
  if (algorithms === undefined) return ASYMMETRIC;
  const list: readonly unknown[] = Array.isArray(algorithms) ? algorithms : [];
  if (list.length > 0 && list.every((each) => ASYMMETRIC.includes(each as SigningAlgorithm))) {
    return [...(list as readonly SigningAlgorithm[])];
  }
  const why = list.includes("HS256")
    ? "cannot have HS256: its one key both signs and verifies, so this service could mint tokens for every other. Use"
    : "is a list of";
  throw new TypeError(`algorithms ${why} some of ${ASYMMETRIC.join(", ")}.`);
}
