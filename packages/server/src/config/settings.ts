import { availableParallelism } from "node:os";
import { ConfigurationError, DEFAULT_LIFETIMES, Secret } from "@counterfoil/core";
import type { Lifetimes, SessionClass } from "@counterfoil/core";
import { MAX_ACCESS_TOKEN_TTL_SECONDS, SIGNING_ALGORITHMS } from "@counterfoil/protocol";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { CounterfoilOptions, Registration, SecretOption } from "../options.ts";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { parseSecrets } from "./parse-secrets.ts";

/** The options, checked and completed. */
export interface Settings {
  readonly issuer: string;
  readonly origin: string;
  /** The issuer's path without a slash at its end: `""` at the root of a host. */
  readonly basePath: string;
  readonly secure: boolean;
  readonly audience: readonly string[];
  /** As they were read at the start. */
  readonly secrets: readonly Secret[];
  /**
   * Reads them again.
   *
   * @throws ConfigurationError if they are wrong now
   */
  readonly readSecrets: () => readonly Secret[];
  readonly algorithm: SigningAlgorithm;
  readonly hs256Secret: Secret | null;
  readonly signingKeyLifetimeDays: number;
  readonly accessTokenTtlSeconds: number;
  readonly lifetimes: Readonly<Record<SessionClass, Lifetimes>>;
  readonly cookieDomain: string | null;
  readonly allowedOrigins: ReadonlySet<string>;
  readonly bearerOrigins: ReadonlySet<string>;
  readonly registration: Registration;
  readonly passwordConcurrency: number;
  readonly passwordQueue: number;
  readonly passwordMinLength: number;
  /** The issuer's host and our own name among them. */
  readonly productNames: readonly string[];
  /** The first hashes, all verify; none where it is not configured. */
  readonly passwordPeppers: readonly Secret[];
  readonly separateAdmin: boolean;
}

/** An option by both of its names: whoever reads the message has set one of them. */
export function named(option: string): string {
  const variable = VARIABLE_OF[option] ?? option.replace(/[A-Z]/g, (letter) => `_${letter}`).toUpperCase();
  return `${option} (COUNTERFOIL_${variable})`;
}

const VARIABLE_OF: Readonly<Record<string, string>> = { ledger: "DATABASE_URL", hs256Secret: "HS256_SECRET" };

/** @throws ConfigurationError that names the option and the accepted form */
export function checkOptions(options: CounterfoilOptions): Settings {
  const issuer = checkIssuer(options);
  const audience = checkAudience(options.audience ?? options.issuer);
  const algorithm = options.algorithm ?? "ES256";
  if (!SIGNING_ALGORITHMS.includes(algorithm)) {
    throw new ConfigurationError(`${named("algorithm")} must be one of ${SIGNING_ALGORITHMS.join(", ")}.`);
  }
  const readSecrets = () => checkSecrets(typeof options.secret === "function" ? options.secret() : options.secret);
  const secrets = readSecrets();
  const hs256Secret = checkHs256Secret(algorithm, options.hs256Secret, secrets);
  return {
    ...issuer,
    audience,
    secrets,
    readSecrets,
    algorithm,
    hs256Secret,
    signingKeyLifetimeDays: checkNumber(named("signingKeyLifetimeDays"), options.signingKeyLifetimeDays ?? 90, 1, 3650),
    accessTokenTtlSeconds: checkNumber(
      named("accessTokenTtlSeconds"),
      options.accessTokenTtlSeconds ?? 600,
      60,
      MAX_ACCESS_TOKEN_TTL_SECONDS,
    ),
    lifetimes: checkLifetimes(options.lifetimes),
    cookieDomain: checkCookieDomain(options.cookieDomain, issuer),
    allowedOrigins: checkOrigins("allowedOrigins", options.allowedOrigins),
    bearerOrigins: checkOrigins("bearerOrigins", options.bearerOrigins),
    registration: checkRegistration(options.registration ?? "closed"),
    passwordConcurrency: checkNumber(
      named("passwordConcurrency"),
      options.passwordConcurrency ?? availableParallelism(),
      1,
      64,
    ),
    passwordQueue: checkNumber(named("passwordQueue"), options.passwordQueue ?? 64, 0, 10_000),
    passwordMinLength: checkNumber(named("passwordMinLength"), options.passwordMinLength ?? 15, 8, 64),
    productNames: checkProductNames(options.productNames, issuer),
    passwordPeppers: checkPeppers(options.passwordPepper, hs256Secret === null ? secrets : [...secrets, hs256Secret]),
    separateAdmin: options.separateAdmin ?? false,
  };
}

const LOOPBACK = new Set(["localhost", "127.0.0.1", "[::1]"]);

/** Whether a URL's host name is this machine and no other. */
export function isLoopback(hostname: string): boolean {
  return LOOPBACK.has(hostname) || hostname.endsWith(".localhost");
}

function checkIssuer({ issuer, insecureHttp }: CounterfoilOptions) {
  const url = URL.canParse(issuer) ? new URL(issuer) : null;
  const form = "an absolute URL without query or fragment, such as https://app.example.com/auth";
  if (url === null || !/^https?:$/.test(url.protocol) || url.search || url.hash || url.username || url.password) {
    throw new ConfigurationError(`${named("issuer")} must be ${form}.`);
  }
  const spelled = issuer.endsWith("/") ? issuer.slice(0, -1) : issuer;
  if (spelled !== url.origin + url.pathname.replace(/\/$/, "")) {
    // Tokens carry the issuer letter for letter, and verifiers compare it so (RFC 8414 §3.3).
    throw new ConfigurationError(`${named("issuer")} must be in its normal form: write ${url.origin}${url.pathname}.`);
  }
  const secure = url.protocol === "https:";
  if (!secure && !isLoopback(url.hostname) && insecureHttp !== true) {
    throw new ConfigurationError(
      `${named("issuer")} must be https: beyond localhost, since whoever is on the way reads credentials off plain HTTP. insecureHttp (--insecure-http) allows it by name.`,
    );
  }
  return { issuer: spelled, origin: url.origin, basePath: url.pathname.replace(/\/$/, ""), secure };
}

function checkAudience(audience: string | readonly string[]): readonly string[] {
  const all = typeof audience === "string" ? [audience] : [...audience];
  if (all.length === 0 || all.some((one) => one === "" || one.length > 255)) {
    throw new ConfigurationError(`${named("audience")} must be a name of 1 to 255 characters, or a list of such.`);
  }
  return all;
}

function checkSecrets(secret: SecretOption): readonly Secret[] {
  // An environment variable that is not set is `undefined`, whatever the types were told.
  if (!secret) {
    throw new ConfigurationError(
      `${named("secret")} is not set: run \`counterfoil secret\` and set it to what that prints.`,
    );
  }
  return parseSecrets(named("secret"), secret);
}

/** Kept apart from the ledger, and from whatever opens something else: each is then of no use without the others. */
function checkPeppers(given: CounterfoilOptions["passwordPepper"], others: readonly Secret[]): readonly Secret[] {
  if (given === undefined) return [];
  const name = named("passwordPepper");
  const peppers = parseSecrets(name, given);
  if (peppers.some((pepper) => others.some((other) => other.reveal() === pepper.reveal()))) {
    throw new ConfigurationError(
      `${name} must be another than the server's other secrets: run \`counterfoil secret\` for one of its own.`,
    );
  }
  return peppers;
}

/** What a password here must not be made of: what the operator names, and what the page's address says anyway. */
function checkProductNames(
  names: CounterfoilOptions["productNames"] = [],
  { origin }: { readonly origin: string },
): readonly string[] {
  if (names.length > 64 || names.some((name) => !/[\p{L}\p{N}]/u.test(name) || name.length > 255)) {
    throw new ConfigurationError(
      `${named("productNames")} must hold at most 64 names of 1 to 255 characters, each with a letter or a digit.`,
    );
  }
  return [...new Set([...names, "counterfoil", new URL(origin).hostname])];
}

/** The key that every verifying service holds too: it must open nothing else. */
function checkHs256Secret(algorithm: SigningAlgorithm, text: string | undefined, secrets: readonly Secret[]) {
  const name = named("hs256Secret");
  if (algorithm !== "HS256") {
    if (text === undefined) return null;
    throw new ConfigurationError(
      `${name} is set, but tokens are signed with ${algorithm}: leave it out, or set ${named("algorithm")} to HS256.`,
    );
  }
  if (text === undefined) {
    throw new ConfigurationError(
      `HS256 needs a secret of its own, ${name}: run \`counterfoil secret\` for one, and give it to each service that verifies. Each of them can then mint tokens; ES256 has no such cost.`,
    );
  }
  const secret = Secret.parse(nodeCrypto, text, name);
  if (secrets.some((other) => other.reveal() === secret.reveal())) {
    throw new ConfigurationError(
      `${name} is the same as ${named("secret")}: every service that verifies would hold the server's own secret. Run \`counterfoil secret\` for another.`,
    );
  }
  return secret;
}

function checkRegistration(registration: Registration): Registration {
  if (registration === "open" || registration === "closed") return registration;
  throw new ConfigurationError(`${named("registration")} must be open or closed.`);
}

function checkNumber(name: string, value: number, least: number, most: number): number {
  if (!Number.isInteger(value) || value < least || value > most) {
    throw new ConfigurationError(`${name} must be a whole number from ${least} to ${most}.`);
  }
  return value;
}

function checkLifetimes(given: CounterfoilOptions["lifetimes"]): Settings["lifetimes"] {
  const all = { ...DEFAULT_LIFETIMES, ...given };
  for (const [name, { inactivitySeconds, lifetimeSeconds }] of Object.entries(all)) {
    checkNumber(`lifetimes.${name}.lifetimeSeconds`, lifetimeSeconds, 60, 366 * 24 * 3600);
    checkNumber(`lifetimes.${name}.inactivitySeconds`, inactivitySeconds, 60, lifetimeSeconds);
  }
  return all;
}

function checkCookieDomain(domain: string | undefined, issuer: { issuer: string; secure: boolean }): string | null {
  if (domain === undefined) return null;
  const host = new URL(issuer.issuer).hostname;
  const form = /^[a-z0-9-]+(\.[a-z0-9-]+)*\.[a-z][a-z0-9-]*$/;
  if (!form.test(domain) || !issuer.secure || (host !== domain && !host.endsWith(`.${domain}`))) {
    throw new ConfigurationError(
      `${named("cookieDomain")} must be the issuer's own host or a domain above it, in lower case and without a leading dot, and the issuer must be https.`,
    );
  }
  return domain;
}

const ORIGIN = /^[a-z][a-z0-9+.-]*:\/\/[a-z0-9.:[\]_-]+$/;

/** Origins are compared as text, so each must be spelled as a browser spells it (ASVS V3.4.2). */
function checkOrigins(name: string, origins: readonly string[] = []): ReadonlySet<string> {
  for (const origin of origins) {
    const isWeb = /^https?:/.test(origin);
    // Shells have schemes of their own (capacitor://localhost), of which URL knows no origin.
    if (!ORIGIN.test(origin) || (isWeb && (!URL.canParse(origin) || new URL(origin).origin !== origin))) {
      throw new ConfigurationError(
        `${named(name)} must hold exact origins, such as https://app.example.com or http://localhost:5173: scheme, host and port in lower case, without a path, a default port, * or null.`,
      );
    }
  }
  return new Set(origins);
}
