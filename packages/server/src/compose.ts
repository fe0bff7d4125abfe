import {
  ActivityRecorder,
  EventRecorder,
  FeedLog,
  ForgeryWatch,
  LiveKeyring,
  loadSigningKeys,
  longestLifetimeSeconds,
  PasswordChecker,
  RevocationFollower,
  SecretWatch,
  SessionCache,
  SessionResolver,
  SigningKeyHolder,
  systemClock,
  systemRandom,
  takeKeySteps,
  Turns,
} from "@counterfoil/core";
import type { Clock, Ledger, Random, RevocationLookup } from "@counterfoil/core";
import type { Jwk } from "@counterfoil/verifier";
import { sessionCookieName } from "@counterfoil/protocol";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";
import { EventMinutes } from "./activity/event-minutes.ts";
import { RevocationMinutes } from "./activity/revocation-minutes.ts";
import { ledgerAt } from "./config/ledger.ts";
import { checkOptions } from "./config/settings.ts";
import type { Settings } from "./config/settings.ts";
import type { Counterfoil } from "./counterfoil.ts";
import { createFacade } from "./counterfoil.ts";
import { faultsToStandardError } from "./fault.ts";
import { guarded } from "./guarded-authenticate.ts";
import { requestIds } from "./http/call.ts";
import { EventStreams } from "./http/event-streams.ts";
import { FeedStreams } from "./http/feed-streams.ts";
import { VerifierContacts } from "./http/verifier-contacts.ts";
import { PageStreams } from "./http/page-streams.ts";
import { openApiText } from "./http/openapi.ts";
import type { Route } from "./http/route.ts";
import { ROUTES } from "./http/routes/table.ts";
import { refuseSharedKey } from "./keys/shared-key.ts";
import { LedgerReach } from "./ledger-reach.ts";
import type { Metrics } from "./metrics/metrics.ts";
import { guardedSink } from "./notice.ts";
import type { BackgroundTask, NoticeSink } from "./notice.ts";
import type { CounterfoilOptions } from "./options.ts";
import { createOwnConnections } from "./own-connections.ts";
import { NO_DEMO, Pages } from "./pages/pages.ts";
import type { DemoFacts } from "./pages/pages.ts";
import { placesFor } from "./places.ts";
import { PasswordResets } from "./password-reset.ts";
import { Argon2 } from "./platform/argon2.ts";
import { isCommonPassword } from "./platform/common-passwords.ts";
import { nodeCrypto } from "./platform/node-crypto.ts";
import { startPurge } from "./purge.ts";
import { LiveSecrets } from "./secrets.ts";
import { securityEventSink, tellingLedger } from "./security-events.ts";
import { Upkeep } from "./upkeep.ts";
import type { Services } from "./services.ts";

/**
 * Here, and in `config/`, the concrete classes are chosen; everything else is given what it works with.
 *
 * Synchronous and inert: nothing is opened, made or listened to before the first request or `ready()`, since
 * frameworks evaluate modules while they build.
 *
 * @throws ConfigurationError that names the option and the accepted form
 */
export function createCounterfoil(options: CounterfoilOptions): Counterfoil {
  return composeCounterfoil(options, ROUTES);
}

/**
 * @param routes the table, with the demonstration's on top where it is one
 * @param prepare runs once all is open, before the first request
 * @param metrics where somebody reads them
 * @param demo what the pages of a demonstration know beside
 */
export function composeCounterfoil(
  options: CounterfoilOptions,
  routes: readonly Route[],
  prepare: (services: Services) => Promise<void> = async () => undefined,
  metrics: Metrics | null = null,
  demo: DemoFacts = NO_DEMO,
): Counterfoil {
  const settings = checkOptions(options);
  const clock = options.clock ?? systemClock;
  const random = options.random ?? systemRandom;
  const makeLedger = ledgerAt(options.ledger, clock, random);
  const told = guardedSink(options.onNotice ?? faultsToStandardError);
  const notice: NoticeSink = (each) => {
    metrics?.noticed(each);
    told(each);
  };
  const nextRequestId = requestIds(random);
  return createFacade({
    settings,
    routes,
    notice,
    nextRequestId,
    start: async (onClose, stopping) => {
      const tell = securityEventSink(options.onSecurityEvent, notice);
      const ledger = tell === null ? makeLedger() : tellingLedger(makeLedger(), tell);
      const ports = { clock, random, notice, stopping, metrics, nextRequestId, routes, ledger, tell, demo };
      const services = await startServices(options, settings, ports, onClose);
      metrics?.observe(services);
      await prepare(services);
      return services;
    },
  });
}

interface Ports {
  readonly clock: Clock;
  readonly random: Random;
  readonly notice: NoticeSink;
  readonly stopping: AbortSignal;
  readonly metrics: Metrics | null;
  readonly nextRequestId: () => string;
  readonly routes: readonly Route[];
  readonly ledger: Ledger;
  readonly tell: Services["tellSecurityEvent"];
  readonly demo: DemoFacts;
}

/** Opens the ledger and everything that stands on it; what must be closed again is registered as it is opened. */
async function startServices(
  options: CounterfoilOptions,
  settings: Settings,
  { clock, random, notice, stopping, metrics, nextRequestId, routes, ledger, tell, demo }: Ports,
  onClose: (part: AsyncDisposable) => void,
): Promise<Services> {
  const crypto = nodeCrypto;
  onClose(ledger);
  await ledger.open();
  const background = (task: BackgroundTask) => (error: unknown) => notice({ type: "background_fault", task, error });

  await refuseSharedKey(settings, ledger);
  const keyring = new LiveKeyring();
  const secrets = new SecretWatch(ledger, clock, longestLifetimeSeconds(settings.lifetimes));
  const liveSecrets = new LiveSecrets(settings.secrets, {
    crypto,
    keyring,
    watch: secrets,
    read: settings.readSecrets,
    // A session is cached by the text of its cookie: one that a lost secret sealed must be unsealed again, and refused.
    onLost: () => cache.clear(),
    onUnreadable: background("secrets"),
  });
  await liveSecrets.open();

  const symmetric = settings.algorithm === "HS256";
  const kernel = createKernel({
    ...settings,
    signatures: nodeSignatures,
    // The ledger's time: another server, whose clock is another, has made the token by it a moment ago.
    clock: { now: () => follower.ledgerNow(), monotonic: () => clock.monotonic() },
    // One family at a time (RFC 8725 §3.1): after a change between them the old tokens are refreshed.
    ...(symmetric ? { algorithms: ["HS256"] } : undefined),
  });
  // The ring as it is when a load begins: it may be another before the load has ended.
  const load = () => loadSigningKeys({ ...settings, ledger, crypto, keyring: keyring.current ?? keyring });
  const revocations: RevocationLookup = {
    isSessionRevoked: (sid) => kernel.revocations.has(sid),
    minimumClaimsVersion: (subject) => kernel.revocations.claimsVersion(subject) ?? 0,
  };
  const cache = new SessionCache(clock, revocations);
  const keys = new SigningKeyHolder(load, clock, ({ all }) =>
    kernel.setKeys(
      all.filter((key) => (key.algorithm === "HS256") === symmetric).map((key) => key.verificationJwk as Jwk),
    ),
  );
  await keys.reload();

  const keyPolicy = {
    algorithm: settings.algorithm,
    lifetimeMs: settings.signingKeyLifetimeDays * 24 * 3600_000,
  };
  const upkeep = new Upkeep(async () => {
    await liveSecrets.refresh();
    const ring = keyring.current;
    // Without a secret there is no key to open: what is minted is refused before (LiveKeyring.sealing).
    if (ring === null) return;
    await takeKeySteps({ ledger, crypto, keyring: ring }, follower.ledgerNow(), keyPolicy);
    await keys.reload();
  }, background("keys"));

  onClose(upkeep);

  const source = {
    catchUp: () => follower.catchUp(),
    readBehind: (cursor: string) => follower.readBehind(cursor),
  };
  const reach = new LedgerReach(notice);
  const feedLog = new FeedLog(source, clock);
  const follower = new RevocationFollower(ledger, clock, {
    apply(entry) {
      kernel.apply(entry);
      connections.told(entry);
      pageStreams.apply(entry);
      if (entry.type !== "key-revoked") return;
      // Everybody may have been signed out, of which there is no word session by session.
      cache.clear();
      // It may be the one that signs here; or the operator has replaced all secrets, and their keys with them.
      upkeep.runSoon();
    },
    failed: (error) => reach.failed(error, clock.monotonic()),
    completed(read) {
      reach.reached(read.readAt);
      pageStreams.completed(read);
      revocationMinutes.read(read);
      feedLog.append(read);
      feedStreams.wake(read.entries.length > 0);
      if (feedStreams.size === 0) revocationMinutes.handed();
    },
    remembered: () => feedLog.remembered(),
    restored: (restored) => notice({ type: "revocations_restored", ...restored }),
  });
  const revocationMinutes = new RevocationMinutes(() => follower.ledgerNow());
  const connections = createOwnConnections({ kernel, follower, clock });
  stopping.addEventListener("abort", () => connections.close());
  const feedStreams = new FeedStreams({
    log: feedLog,
    ledger,
    clock,
    issuer: settings.issuer,
    ending: stopping,
    onWritten: () => revocationMinutes.handed(),
  });
  const pageStreams = new PageStreams({ ledger, follower, ending: stopping, onFault: background("feed") });
  onClose(follower);
  onClose(feedStreams);
  onClose(pageStreams);
  await follower.start();
  const recorder = new EventRecorder({ ledger, clock, onFault: background("events") });
  onClose(recorder);
  const activity = new ActivityRecorder({ ledger, clock, onFault: background("activity") });
  onClose(activity);
  onClose(startPurge(ledger, (counts) => metrics?.purged(counts), background("purge")));
  upkeep.start();

  const { issuer, lifetimes } = settings;
  const passwordHash = new Argon2(settings.passwordPeppers);
  const passwordTurns = new Turns(settings.passwordConcurrency);
  const passwords = new PasswordChecker(ledger, passwordHash, passwordTurns);
  const authenticate = options.authenticate && guarded(options.authenticate);
  const { secondFactor } = options;
  const places = placesFor(settings, authenticate !== undefined || secondFactor !== undefined);
  const cookieName = sessionCookieName({ secure: settings.secure, domain: settings.cookieDomain });
  const passwordResets =
    options.onPasswordReset === undefined
      ? null
      : new PasswordResets({
          ledger,
          crypto,
          random,
          send: options.onPasswordReset,
          onFault: background("password_reset"),
          onRefused: ({ context }, reason, subject) =>
            recorder.record({ body: { type: "password_code_refused", reason }, subject, sid: null, context }),
        });
  if (passwordResets !== null) onClose(passwordResets);
  return {
    settings,
    cookieName,
    ledger,
    crypto,
    keyring,
    secrets,
    keys,
    kernel,
    follower,
    revocations,
    cache,
    resolver: new SessionResolver({ ledger, crypto, keyring, secrets, clock, cache, follower, revocations, activity }),
    activity,
    recorder,
    streams: new EventStreams(stopping),
    feedLog,
    feedStreams,
    pageStreams,
    verifierContacts: new VerifierContacts(clock, feedStreams),
    eventMinutes: new EventMinutes(ledger, () => follower.ledgerNow()),
    revocationMinutes,
    connections,
    forgeries: new ForgeryWatch(clock),
    signIn: { ledger, crypto, random, keyring, lifetimes, places, passwords, authenticate, secondFactor },
    passwordPolicy: {
      minLength: settings.passwordMinLength,
      productNames: settings.productNames,
      isCommon: isCommonPassword,
    },
    passwordHash,
    passwordTurns,
    passwordResets,
    claims: options.claims,
    random,
    notice,
    tellSecurityEvent: tell,
    stopping,
    metrics,
    pages: new Pages(
      {
        registration: settings.registration === "open",
        ownPasswords: authenticate === undefined,
        passwordMinLength: settings.passwordMinLength,
        ...demo,
      },
      settings,
      { random, clock, notice },
    ),
    openApi: openApiText({ url: issuer, cookieName, routes }),
    nextRequestId,
    upkeep: () => upkeep.run(),
    revoked: () => follower.catchUp().catch(background("feed")),
  };
}
