import type { ExternalUser } from "@counterfoil/core";
import type { Settings } from "./config/settings.ts";
import { createApp } from "./http/app.ts";
import type { Handler, RequestInfo } from "./http/app.ts";
import { errorAnswer } from "./http/answer.ts";
import { eventContext, requestIds } from "./http/call.ts";
import type { Route } from "./http/route.ts";
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
   * Refuses as `/login` does what comes from another site. A user who is disabled here stays out.
   *
   * @throws TypeError if `user` cannot be one
   * @throws StoreError if the ledger is out of reach
   */
  signIn(request: Request, user: ExternalUser, options?: SignInOptions): Promise<Response>;
  readonly sessions: SessionAdministration;
  readonly users: UserAdministration;
  readonly issuer: string;
}

export interface FacadeParts {
  readonly settings: Settings;
  readonly routes: readonly Route[];
  /** Starts all that is behind the handler; registers each part to be closed, in the order of opening. */
  readonly start: (onClose: (part: AsyncDisposable) => void) => Promise<Services>;
}

interface Running {
  readonly services: Services;
  readonly handle: Handler;
}

export function createFacade({ settings, routes, start }: FacadeParts): Counterfoil {
  let running: Running | null = null;
  let starting: Promise<Running> | null = null;
  let closing: Promise<void> | null = null;
  let parts = new AsyncDisposableStack();

  async function begin(): Promise<Running> {
    try {
      const services = await start((part) => parts.use(part));
      running = { services, handle: createApp(services, routes) };
      return running;
    } catch (error) {
      // What was opened is closed again, so that the next try starts from nothing.
      const opened = parts;
      parts = new AsyncDisposableStack();
      starting = null;
      await opened.disposeAsync();
      throw error;
    }
  }

  function run(): Promise<Running> {
    if (closing !== null) return Promise.reject(new Error("This Counterfoil is closed."));
    starting ??= begin();
    return starting;
  }

  const services = async () => (await run()).services;

  return {
    issuer: settings.issuer,
    fetch: async (request, info = {}) => {
      try {
        return await (running ?? (await run())).handle(request, info);
      } catch {
        return notStarted(request, info);
      }
    },
    ready: async () => {
      await run();
    },
    verifier: createOwnVerifier(services),
    signIn: async (request, user, options = {}) => signInUser(await services(), request, user, options),
    sessions: sessionAdministration(services),
    users: userAdministration(services),
    [Symbol.asyncDispose]: () => {
      closing ??= (async () => {
        await starting?.catch(() => undefined);
        running = null;
        await parts.disposeAsync();
      })();
      return closing;
    },
  };
}

const nextRequestId = requestIds({ bytes: (length) => new Uint8Array(length) });

/** The ledger could not be opened, or this is closed: a fault of ours, so 503. `ready()` tells which. */
function notStarted(request: Request, info: RequestInfo): Response {
  const context = eventContext(nextRequestId(), request, info.remoteAddress ?? null);
  return errorAnswer(
    { request, method: request.method, route: "*", context, answerHeaders: {}, params: {} },
    "unavailable",
  );
}
