import type { IncomingMessage } from "node:http";
import type { BrowserContext, Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { ACTION_TIMEOUT_MS, launchBrowser } from "./support/browser.ts";
import type { ForgedRequest } from "./support/forged-request.ts";
import { DELETE_WAYS, forgeAll, POST_WAYS, leadToAll } from "./support/forged-request.ts";
import { call } from "./support/http.ts";
import { stateOf } from "./support/ledger-state.ts";
import { askFrom } from "./support/page-request.ts";
import { DEMO_ROUTES } from "./support/routes.ts";
import { ARJUN, KAVYA, signedIn } from "./support/sign-in.ts";
import type { Site } from "./support/site.ts";
import { MOUNT, startSite } from "./support/site.ts";

let browser: RunningBrowser;
/** One for all that changes nothing. What does comes last. */
const victims: Partial<Record<Scheme, Victim>> = {};

type Scheme = "https" | "http";
const SCHEMES = ["https", "http"] as const;

beforeAll(async () => {
  browser = await launchBrowser();
  for (const scheme of SCHEMES) victims[scheme] = await openVictim(scheme);
});

afterAll(async () => {
  for (const victim of Object.values(victims)) await victim[Symbol.asyncDispose]();
  await browser[Symbol.asyncDispose]();
});

const NEW_PASSWORD = "a new password of kavya's";

/** A body for each route that changes something, with which it would. */
const BODIES: Readonly<Record<string, object>> = {
  login: { ...ARJUN, transport: "cookie" },
  reauthenticate: { password: KAVYA.password },
  register: { username: "mallory", password: "a password of mallory's" },
  setPassword: { current_password: KAVYA.password, new_password: NEW_PASSWORD },
  requestPasswordReset: { username: "kavya" },
  oauthToken: { grant_type: "refresh_token", refresh_token: "x", client_id: "first-party" },
  oauthRevoke: { token: "x", client_id: "first-party" },
  oauthIntrospect: { token: "x" },
  adminEndAllSessions: { confirm: "everybody" },
  adminAddVerifier: { name: "mallory" },
  adminAddUser: { username: "oscar", roles: ["admin"] },
  adminSetRoles: { roles: ["admin"] },
};

/** Each has to work after those before it. */
const LAST = ["adminEndAllSessions", "logoutAll", "logout", "adminDeleteUser", "setPassword"];
const UNSAFE = DEMO_ROUTES.filter(({ method }) => method !== "GET").toSorted(
  (one, other) => LAST.indexOf(one.about.operation) - LAST.indexOf(other.about.operation),
);

interface Victim extends AsyncDisposable {
  readonly site: Site;
  readonly context: BrowserContext;
  readonly page: Page;
  /** One for each route, about what there is. */
  readonly requests: readonly (ForgedRequest & { readonly operation: string })[];
  /** The codes with which requests that are to change something were refused so far. */
  refusals(): Set<string>;
  /** All that may not change: the ledger, the mail and the browser's cookies. */
  state(): Promise<string>;
}

/** An administrator who has just signed in, with another session, another user and a verifier to lose. */
async function openVictim(scheme: Scheme): Promise<Victim> {
  const mail: string[] = [];
  const onPasswordReset = ({ username }: { username: string }) => void mail.push(username);
  const site = await startSite(browser, { scheme, registration: "open", onPasswordReset });
  const { server } = site;
  const context = await site.context();
  const page = await site.page(context);
  expect((await askFrom(page, "POST", "/auth/login", KAVYA)).status).toBe(200);
  const other = signedIn(await call(server, "POST", `${MOUNT}/login`, { body: KAVYA }));
  const arjun = signedIn(await call(server, "POST", `${MOUNT}/login`, { body: ARJUN }));
  const added = await askFrom(page, "POST", "/auth/admin/verifiers", { name: "api" });
  const [key] = await server.services.ledger.listSigningKeys();
  const params: Readonly<Record<string, string>> = {
    id: String(added.body["id"]),
    kid: key!.kid,
    sub: arjun.sub,
  };
  const requests = UNSAFE.map(({ method, path, about }) => {
    const sid = path.startsWith("/admin/") ? arjun.sid : other.sid;
    const filled = path.replaceAll(/:(\w+)/g, (_, name: string) => (name === "sid" ? sid : params[name]!));
    return { method, url: site.url(MOUNT + filled), body: BODIES[about.operation] ?? {}, operation: about.operation };
  });
  return {
    site,
    context,
    page,
    requests,
    refusals: () =>
      new Set(server.notices.flatMap((each) => (each.type === "refused" && each.method !== "GET" ? [each.code] : []))),
    state: async () => JSON.stringify([await stateOf(server.services.ledger), mail, await context.cookies()]),
    [Symbol.asyncDispose]: () => site[Symbol.asyncDispose](),
  };
}

interface Arrived {
  readonly method: string;
  readonly status: number;
  readonly from: string | undefined;
  readonly hasCookie: boolean;
}

/** What reaches the server from now on, and how it is answered. */
function watch(site: Site): Arrived[] {
  const arrived: Arrived[] = [];
  site.intercept(({ method = "", headers }: IncomingMessage, outgoing, onward) => {
    const from = headers["sec-fetch-site"];
    const hasCookie = headers.cookie?.includes("session_id=") ?? false;
    outgoing.on("finish", () => arrived.push({ method, status: outgoing.statusCode, from, hasCookie }));
    onward();
  });
  return arrived;
}

const total = (ways: Readonly<Record<string, number>>) => Object.values(ways).reduce((sum, count) => sum + count, 0);
const POSTS = UNSAFE.filter(({ method }) => method === "POST").length;
const EXPECTED = POSTS * total(POST_WAYS) + (UNSAFE.length - POSTS) * total(DELETE_WAYS);

test.each(SCHEMES)(
  "R090 over %s no page of a sibling or of another site changes anything for an administrator who is signed in, by any way there is",
  async (scheme) => {
    const victim = victims[scheme]!;
    const { site, context, requests } = victim;
    const before = await victim.state();
    for (const [origin, relation] of [
      [site.siblingOrigin, "same-site"],
      [site.crossOrigin, "cross-site"],
    ] as const) {
      const page = await context.newPage();
      await page.goto(origin);
      const arrived = watch(site);
      await forgeAll(page, requests);
      // A beacon tells nobody when it has been answered.
      await expect.poll(() => arrived.length, { timeout: ACTION_TIMEOUT_MS }).toBe(EXPECTED);
      expect(new Set(arrived.map(({ from }) => from))).toEqual(new Set([relation]));
      const unsafe = arrived.filter(({ method }) => method !== "GET");
      // A POST to the path of a DELETE has no route at all.
      expect(new Set(unsafe.map(({ status }) => status))).toEqual(new Set([403, 405]));
      // A sibling's requests carry the cookie, so that it is the guard which refuses them; another site's do not.
      const posts = unsafe.filter(({ method }) => method === "POST");
      const carried = posts.filter(({ hasCookie }) => hasCookie);
      expect(carried).toHaveLength(relation === "same-site" ? posts.length : 0);
      expect(await victim.state()).toBe(before);
      await page.close();
    }
    expect(victim.refusals()).toEqual(new Set(["csrf_refused"]));
  },
);

test("R090 no form that takes its visitor along to the server changes anything", async () => {
  const victim = victims.https!;
  const { site, context } = victim;
  const posts = victim.requests.filter(({ method }) => method === "POST");
  const before = await victim.state();
  for (const origin of [site.siblingOrigin, site.crossOrigin]) {
    const page = await context.newPage();
    await page.goto(origin);
    const arrived = watch(site);
    await leadToAll(page, posts);
    expect(arrived.map(({ method, status }) => [method, status])).toEqual(posts.map(() => ["POST", 403]));
    await page.close();
  }
  expect(await victim.state()).toBe(before);
  expect(victim.refusals()).toEqual(new Set(["csrf_refused"]));
});

test("R090 no link to the server changes anything, although the cookie goes with it", async () => {
  const victim = victims.https!;
  const { site, context } = victim;
  const before = await victim.state();
  const page = await context.newPage();
  const arrived = watch(site);
  const links = DEMO_ROUTES.filter(({ method, about }) => method === "GET" && about.stream !== "always");
  await page.goto(site.crossOrigin);
  const urls = links.map(({ path }) => site.url(MOUNT + path.replaceAll(/:\w+/g, "x")));
  await leadToAll(
    page,
    urls.map((url) => ({ method: "GET", url, body: {} })),
  );
  expect(arrived.map(({ from, hasCookie }) => [from, hasCookie])).toEqual(links.map(() => ["cross-site", true]));
  expect(await victim.state()).toBe(before);
});

test("R095 in no way can another site sign a visitor in as somebody else, or out of it", async () => {
  const victim = victims.https!;
  const { site } = victim;
  const visitor = await site.context();
  const page = await visitor.newPage();
  const login = victim.requests.filter(({ operation }) => operation === "login");
  for (const origin of [site.siblingOrigin, site.crossOrigin]) {
    await page.goto(origin);
    const arrived = watch(site);
    await forgeAll(page, login);
    await expect.poll(() => arrived.length, { timeout: ACTION_TIMEOUT_MS }).toBe(total(POST_WAYS));
    await leadToAll(page, login);
    expect(await visitor.cookies()).toEqual([]);
  }
  site.intercept(null);
  await page.goto(site.origin);
  expect((await askFrom(page, "GET", "/auth/me")).body["code"]).toBe("not_authenticated");
  // Nor is it the name or the password: the same from the application's own page.
  expect((await askFrom(page, "POST", "/auth/login", ARJUN)).status).toBe(200);
});

test("R090 what others are refused the application's own page does, by the same requests", async () => {
  const victim = victims.https!;
  const { page } = victim;
  const own = victim.requests.filter(({ operation }) => !operation.startsWith("oauth"));
  const answers: unknown[] = [];
  for (const { method, url, body, operation } of own) {
    const { status } = await askFrom(page, method, url, method === "POST" ? body : undefined);
    answers.push([operation, status < 300]);
    const isAdmin = (await askFrom(page, "GET", "/auth/admin/keys")).status === 200;
    if (!isAdmin) await askFrom(page, "POST", "/auth/login", KAVYA);
  }
  expect(answers).toEqual(own.map(({ operation }) => [operation, true]));
});
