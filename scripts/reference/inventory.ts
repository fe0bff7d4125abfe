import type { EventBody, EventType } from "@counterfoil/core";
import type { Notice } from "../../packages/server/src/notice.ts";

/** What is said of one type of event: the compiler asks for each type, and for each of its members. */
type Inventory = {
  readonly [Type in EventType]: {
    readonly when: string;
    readonly members: {
      readonly [Member in Exclude<keyof Extract<EventBody, { readonly type: Type }>, "type">]: string;
    };
  };
};

const COUNTERS = {
  presented: "the generation that was presented",
  counter: "the generation that was current",
} as const;

/** Every event of the ledger's log (ASVS V16.1.1). */
export const EVENTS: Inventory = {
  session_opened: {
    when: "A sign-in succeeded.",
    members: { transport: "`cookie` or `bearer`", remember: "whether the cookie outlives the browser's window" },
  },
  session_ended: { when: "One session ended, by decision, by time or by its user.", members: { reason: "see below" } },
  session_reauthenticated: { when: "The user proved presence again.", members: {} },
  session_amended: { when: "The application changed the session's data.", members: { version: "of the data, now" } },
  refresh_rotated: {
    when: "A refresh token gave its successor.",
    members: { counter: "the successor's generation", background: "whether nobody was there, as the client said" },
  },
  refresh_reused: {
    when: "A refresh token was presented long after its successor was used: the session ended.",
    members: COUNTERS,
  },
  ledger_behind: {
    when: "A handle is newer than the ledger, which has lost a commit and takes it back from the handle.",
    members: COUNTERS,
  },
  revocations_restored: {
    when: "The ledger had lost revocations, as a standby may that was promoted, and a server gave them back.",
    members: {
      sessions: "how many ended again",
      users: "of how many the last decision was lost",
      keys: "how many were revoked again",
    },
  },
  user_created: { when: "A user was created.", members: {} },
  user_deleted: { when: "A user was deleted, and every session ended.", members: {} },
  user_disabled: { when: "A user was disabled, and every session ended.", members: {} },
  user_enabled: { when: "A user was enabled.", members: {} },
  roles_changed: { when: "A user's roles changed.", members: { from: "the roles before", to: "the roles since" } },
  password_set: { when: "A password was set, and every other session ended.", members: {} },
  every_session_ended: { when: "Everybody's sessions ended.", members: { ended: "how many there were" } },
  all_sessions_ended: {
    when: "Every session of a user ended, or every other.",
    members: { reason: "see below", ended: "how many there were" },
  },
  signing_key_added: { when: "A signing key was added.", members: { kid: "the key", algorithm: "what it signs with" } },
  signing_key_announced: {
    when: "A signing key was announced: verifiers learn it, and it signs in 15 minutes.",
    members: { kid: "the key", algorithm: "what it will sign with" },
  },
  signing_key_promoted: { when: "An announced signing key signs from here on.", members: { kid: "the key" } },
  signing_key_removed: {
    when: "A retired signing key was removed: nothing that it signed is good any more.",
    members: { kid: "the key" },
  },
  signing_key_retired: { when: "A signing key signs no more, and still verifies.", members: { kid: "the key" } },
  signing_key_revoked: {
    when: "A signing key was revoked: what it signed is refused.",
    members: { kid: "the key" },
  },
  secret_adopted: {
    when: "A server started with a secret that the ledger had not seen.",
    members: { version: "its number in handles", fingerprint: "its name; the secret cannot be found from it" },
  },
  secrets_replaced: {
    when: "All secrets were replaced at once: everybody signs in again.",
    members: { fingerprint: "of the new one" },
  },
  password_code_issued: {
    when: "A one-time code for a new password was issued.",
    members: { passwordDropped: "whether the password went at once" },
  },
  password_code_refused: {
    when: "Somebody asked for a one-time code, and none was issued; outside that looks like any other answer.",
    members: { reason: "see [errors](errors.md#why-a-request-was-refused)" },
  },
  username_taken: { when: "Somebody asked to register a name that is the subject's.", members: {} },
  verifier_added: {
    when: "A service was registered as a verifier.",
    members: { id: "the verifier", name: "as it was given" },
  },
  verifier_removed: {
    when: "A verifier's registration was taken away.",
    members: { id: "the verifier", name: "as it was given" },
  },
  ledger_restored: {
    when: "The ledger was restored from a backup.",
    members: {
      schemaVersion: "of the backup's tables",
      sessionsEnded: "how many sessions ended by it",
      keysRevoked: "how many signing keys were revoked by it",
      verifiersRemoved: "how many services lost their registration by it",
    },
  },
  refresh_repeated: {
    when: "A refresh got the same refresh token again: an answer was lost, or two asked at once.",
    members: COUNTERS,
  },
  access_token_issued: { when: "A fresh access token was issued for the cookie.", members: {} },
  refused: {
    when: "A request was refused.",
    members: {
      route: "method and path, as the table of routes has it",
      code: "what the outside was told",
      reason: "see [errors](errors.md#why-a-request-was-refused)",
      detail: "a sentence of ours, or null; never what was sent",
    },
  },
  guessing_suspected: {
    when: "More forged session or refresh tokens came from one address than mistakes explain.",
    members: { count: "how many since the last event" },
  },
  events_dropped: {
    when: "Refusals, repeats or issued tokens came faster than they can be written.",
    members: { count: "how many were only counted" },
  },
};

/** Those that belong to no transition: nothing was decided, so nothing waits for them. */
export const BELATED: ReadonlySet<string> = new Set<EventType>([
  "refresh_repeated",
  "access_token_issued",
  "password_code_refused",
  "refused",
  "guessing_suspected",
  "events_dropped",
]);

/** What a line of the server's log says, by the beginning of its `msg`. */
export const LOG_LINES = {
  refused: "A request was refused: method, route, status, code, reason, detail, session and request.",
  fault:
    "A request failed by a fault of ours, or work behind the requests did (`task`); it is tried again. A fault of the ledger has no `stack`.",
  "guessing suspected": "A warning: somebody tries forged tokens: how many, and from where.",
  "page report":
    "A warning: a browser says that a web page tried what its policy forbids: `directive`, `blocked`, where, and how many more were not told.",
  "revocations restored":
    "A warning: the ledger had lost revocations, and this server gave them back: `sessions`, `users`, `keys`.",
  "ledger out of reach":
    "An error, once: the revocation log cannot be read, and why. Until it can, what else fails by that is told on the level `debug`.",
  "ledger in reach again": "A warning: it can be read again, and after how many seconds.",
  listening: "The server answers from here on: issuer, and where it listens.",
  stopping: "A signal came; requests under way may end.",
  "plain http": "A warning: the issuer is `http:`, for development.",
  "log lines were lost": "A warning: so many lines could not be written, such as to a full disk.",
  "https, but": "A warning: no proxy is named, so all clients behind one count as one address.",
} as const;

/** Which of those lines each notice is. */
export const NOTICE_LINES: Readonly<Record<Notice["type"], keyof typeof LOG_LINES>> = {
  refused: "refused",
  fault: "fault",
  guessing_suspected: "guessing suspected",
  page_report: "page report",
  revocations_restored: "revocations restored",
  ledger_away: "ledger out of reach",
  ledger_back: "ledger in reach again",
  background_fault: "fault",
};
