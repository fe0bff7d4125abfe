import { checkExternal, CounterfoilError } from "@counterfoil/core";
import type { ExternalUser } from "@counterfoil/core";
import { ERRORS } from "@counterfoil/protocol";
import type { Settings } from "./config/settings.ts";
import { createApps } from "./http/app.ts";
import type { Handler, RequestInfo } from "./http/app.ts";
import { errorAnswer } from "./http/answer.ts";
import { eventContext } from "./http/call.ts";
import type { Route } from "./http/route.ts";
import type { NoticeSink } from "./notice.ts";
import type { Services } from "./services.ts";
import { sessionAdministration, userAdministration } from "./administration.ts";
import type { SessionAdministration, UserAdministration } from "./administration.ts";
import { signInUser } from "./application-sign-in.ts";
import type { SignInOptions } from "./application-sign-in.ts";
import { createOwnVerifier } from "./own-verifier.ts";
import type { OwnVerifier } from "./own-verifier.ts";

/** A Counterfoil server as a value: a Web-standard handler, and what an application does with it from its own code. */
export interface Counterfoil extends AsyncDisposable {
  /**
   * Answers a request. A property, so that it can be passed on unbound. Never rejects.
   *
   * @param info the client's address, as far as it can be believed: the limits count by it
   */
  readonly fetch: (request: Request, info?: RequestInfo) => Promise<Response>;
  /**
   * Opens the ledger, and at the very first start makes the signing key. The first request does it too.
   *
   * @throws StoreError if the ledger is out of reach; the next call tries again
   * @throws ConfigurationError if the ledger and the secrets do not go together
   */
  ready(): Promise<void>;
  /** Checks credentials for the application's own routes. */
  readonly verifier: OwnVerifier;
  /**
   * Signs in a user whom the application itself has checked, and gives the answer to send: the tokens, or the cookie.
   * Refuses as `/login` does what comes from another site. A user who is disabled here stays out. The request's body is
   * not looked at. For Node and Express: `toRequest` and `sendResponse` of `counterfoil/node`.
   *
   * @throws TypeError if `user` cannot be one; whatever else goes wrong is an answer
   */
  signIn(request: Request, user: ExternalUser, options?: SignInOptions): Promise<Response>;
  readonly sessions: SessionAdministration;
  readonly users: UserAdministration;
  readonly issuer: string;
  /**
   * Says that the process is about to stop: from here on `/readyz` answers 503, so that balancers send nothing new, and
   * event streams end. All else is answered as before, until this is disposed of.
   */
  announceStop(): void;
}

export interface FacadeParts {
  readonly settings: Settings;
  readonly routes: readonly Route[];
  readonly notice: NoticeSink;
  readonly nextRequestId: () => string;
  /** Starts all that is behind the handler; registers each part to be closed, in the order of opening. */
  readonly start: (onClose: (part: AsyncDisposable) => void, stopping: AbortSignal) => Promise<Services>;
}

interface Running {
  readonly services: Services;
  readonly handle: Handler;
}

export function createFacade({ settings, routes, notice, nextRequestId, start }: FacadeParts): Counterfoil {
  let running: Running | null = null;
  let starting: Promise<Running> | null = null;
  let closing: Promise<void> | null = null;
  let parts: AsyncDisposable[] = [];
  const stopping = new AbortController();

  async function begin(): Promise<Running> {
    try {
      const services = await start((part) => parts.push(part), stopping.signal);
      running = { services, handle: createApps(services, routes) };
      return running;
    } catch (error) {
      // What was opened is closed again, and only then does the next try start, from nothing.
      const opened = parts;
      parts = [];
      await closeAll(opened).catch(() => undefined);
      starting = null;
      throw error;
    }
  }

  function run(): Promise<Running> {
    if (closing !== null) return Promise.reject(new CounterfoilError("unavailable", "This Counterfoil is closed."));
    starting ??= begin();
    return starting;
  }

  const services = async () => (await run()).services;

  /** The ledger could not be opened, or this is closed: a fault of ours, so 503. The notice tells which. */
  function notStarted(request: Request, info: RequestInfo, error: unknown): Response {
    const context = eventContext(nextRequestId(), request, info.remoteAddress ?? null);
    const { method } = request;
    const { status } = ERRORS.unavailable;
    // Told of, where it is news: once this is closed, requests that come late are no fault.
    if (closing === null) notice({ type: "fault", method, route: "*", status, error, context });
    return errorAnswer({ request, method, route: "*", context, answerHeaders: {}, params: {} }, "unavailable");
  }

  return {
    issuer: settings.issuer,
    announceStop: () => stopping.abort(),
    fetch: async (request, info = {}) => {
      try {
        return await (running ?? (await run())).handle(request, info);
      } catch (error) {
        return notStarted(request, info, error);
      }
    },
    ready: async () => {
      await run();
    },
    verifier: createOwnVerifier(services, () => running?.services ?? null),
    signIn: async (request, user, options = {}) => {
      checkExternal(user);
      let started: Services;
      try {
        started = await services();
      } catch (error) {
        return notStarted(request, options, error);
      }
      return signInUser(started, request, user, options);
    },
    sessions: sessionAdministration(services),
    users: userAdministration(services),
    [Symbol.asyncDispose]: () => {
      stopping.abort();
      closing ??= (async () => {
        await starting?.catch(() => undefined);
        running = null;
        await closeAll(parts);
      })();
      return closing;
    },
  };
}

/**
 * Closes what was opened, the last first, and each whatever became of the others. By hand: Node 22 has no
 * `AsyncDisposableStack`.
 *
 * @throws what the first that could not be closed threw, once all were tried
 */
async function closeAll(parts: readonly AsyncDisposable[]): Promise<void> {
  const errors: unknown[] = [];
  for (const part of parts.toReversed()) {
    try {
      await part[Symbol.asyncDispose]();
    } catch (error) {
      errors.push(error);
    }
  }
  if (errors.length > 0) throw errors[0];
}
