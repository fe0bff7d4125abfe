import type {
  AddedClaims,
  Authenticate,
  Clock,
  Lifetimes,
  Random,
  SecondFactor,
  SessionClass,
} from "@counterfoil/core";
import type { SigningAlgorithm } from "@counterfoil/protocol";
import type { NoticeSink } from "./notice.ts";
import type { OnPasswordReset } from "./password-reset.ts";
import type { SecurityEventSink } from "./security-events.ts";

/** One text, or several: separated by commas, or in an array. */
export type SecretOption = string | readonly string[];

/** What `createCounterfoil` takes. It reads no environment: `fromEnvironment` does. */
export interface CounterfoilOptions {
  /**
   * The public base URL: `iss`, the path below which the routes are, and the origin that the CSRF guard compares. It
   * decides `Secure` and the cookie's name. `https:`, or `http:` on localhost.
   */
  readonly issuer: string;
  /** Who the access tokens are for; the issuer where it is left out. */
  readonly audience?: string | readonly string[];
  /** `sqlite:PATH` or `memory:`. */
  readonly ledger: string;
  /**
   * What `counterfoil secret` printed. Several, separated by commas or in an array: the first seals. A function is asked
   * again every half minute, so that a rotation takes no restart; where it throws, what it said before goes on.
   */
  readonly secret: SecretOption | (() => SecretOption);
  /** The application's own users; without it, they are the ledger's. */
  readonly authenticate?: Authenticate;
  /**
   * The application's own second factor: asked once the password is right, at a sign-in and a re-authentication, with
   * what came as `second_factor`. Where it throws, the answer is 503 and nobody is signed in. `cf.signIn` does not ask.
   */
  readonly secondFactor?: SecondFactor;
  /**
   * Added to access tokens: at most 1 KiB, nothing personal (a token is encoded, not encrypted). Answers at once, and is
   * asked more than once for a token: also before a refresh token is spent for it. Where it throws, the answer is 503.
   */
  readonly claims?: AddedClaims;
  /** Whether strangers make themselves users at `POST /register`; `closed` where it is left out. */
  readonly registration?: Registration;
  /**
   * Sends a one-time code to the user by a way that only the user reads. Called after `POST /password/reset` was
   * answered; where it throws, that is a notice. Without it there is no such route.
   */
  readonly onPasswordReset?: OnPasswordReset;
  /** How access tokens are signed; ES256 where it is left out. */
  readonly algorithm?: SigningAlgorithm;
  /** HS256 only: what `counterfoil secret` printed, shared with each service. Whoever has it can mint tokens. */
  readonly hs256Secret?: string;
  /** How many days a signing key signs before the next takes its place: 1 to 3650; 90 where it is left out. */
  readonly signingKeyLifetimeDays?: number;
  /** 60 to 900; 600 where it is left out. */
  readonly accessTokenTtlSeconds?: number;
  readonly lifetimes?: Partial<Readonly<Record<SessionClass, Lifetimes>>>;
  /** Shares the cookie among subdomains: any of them can then plant a session of its own. See SECURITY.md. */
  readonly cookieDomain?: string;
  /** Other origins whose pages may call this server, exactly as browsers send them. */
  readonly allowedOrigins?: readonly string[];
  /** Origins of desktop and mobile shells that keep refresh tokens although they are browsers. */
  readonly bearerOrigins?: readonly string[];
  /** How many passwords are checked at once (the machine's cores where it is left out), and how many wait. */
  readonly passwordConcurrency?: number;
  readonly passwordQueue?: number;
  /** The least characters of a new password: 8 to 64; 15 where it is left out (NIST SP 800-63B §3.1.1.2). */
  readonly passwordMinLength?: number;
  /** No new password may be made of these: names of the product and of who runs it. The issuer's host always is one. */
  readonly productNames?: readonly string[];
  /**
   * What `counterfoil secret` printed, kept apart from the ledger: a copy of the ledger alone then verifies no password.
   * Several, separated by commas or in an array: the first hashes, all verify. Lose it, and every password is lost.
   */
  readonly passwordPepper?: string | readonly string[];
  /** Plain HTTP beyond localhost: credentials can be read on the way. */
  readonly insecureHttp?: boolean;
  /**
   * The routes below `/admin/`, and the page of administration, answer only what `cf.fetch` was given with `admin: true`: a
   * listener of their own, where one can sign in as well.
   */
  readonly separateAdmin?: boolean;
  /** Told of each refusal and each fault, for a log. Where it is left out, faults go to standard error. */
  readonly onNotice?: NoticeSink;
  /**
   * Told, after the commit, of what a user should hear of: a sign-in, a wrong second factor, a new password. Not waited
   * for; where it fails, that is a notice. Of what this process does alone, so each is told once.
   */
  readonly onSecurityEvent?: SecurityEventSink;
  readonly clock?: Clock;
  readonly random?: Random;
}

export type Registration = "open" | "closed";
