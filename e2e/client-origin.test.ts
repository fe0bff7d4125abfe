import type { Page } from "playwright-core";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { openTab, openTabs, refreshes, signInOn, startClientPlace, stateOf } from "./support/client-place.ts";
import type { ClientPlace } from "./support/client-place.ts";
import { expectState } from "./support/expect-state.ts";
import { MINUTE } from "./support/clock.ts";
import { ARJUN } from "./support/sign-in.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

async function signedIn(options: Parameters<typeof startClientPlace>[1] = {}) {
  const place = await startClientPlace(browser, options);
  const context = await place.site.context();
  const tab = await openTab(place, context, {});
  await signInOn(tab);
  return { place, context, tab, [Symbol.asyncDispose]: () => place[Symbol.asyncDispose]() };
}

/** What came to an origin that is not the API's. */
function listenElsewhere(
  { site }: ClientPlace,
  path: string,
): { readonly seen: (string | null)[]; readonly url: string } {
  const seen: (string | null)[] = [];
  const url = site.crossOrigin + path;
  site.put(url, (incoming, outgoing) => {
    outgoing.setHeader("Access-Control-Allow-Origin", incoming.headers.origin ?? "*");
    outgoing.setHeader("Access-Control-Allow-Headers", "authorization");
    if (incoming.method !== "OPTIONS") seen.push(incoming.headers.authorization ?? null);
    const to = new URL(incoming.url!, site.crossOrigin).searchParams.get("to");
    if (to === null) outgoing.end("{}");
    else outgoing.writeHead(307, { Location: to }).end();
  });
  return { seen, url };
}

/** `Bearer …` as `token`. */
const kindOf = (authorization: string | null) => authorization?.replace(/^Bearer ey.*/, "token") ?? null;
const get = (tab: Page, url: string, init: RequestInit = {}) =>
  tab.evaluate(
    async ([to, asked]) => {
      try {
        return (await client.fetch(to, asked as object)).status;
      } catch (error) {
        return (error as Error).name;
      }
    },
    [url, init] as const,
  );

test.each(["https", "http"] as const)(
  "R170 over %s, only the origins of the API get a token, also after a redirect in either direction",
  async (scheme) => {
    await using signed = await signedIn({ scheme });
    const { place, tab } = signed;
    const { apiOrigin, site } = place;
    const elsewhere = listenElsewhere(place, "/elsewhere");
    const redirect = listenElsewhere(place, "/redirect");
    expect(await get(tab, `${apiOrigin}/open`)).toBe(200);
    expect(await get(tab, elsewhere.url)).toBe(200);
    // Neither the page's own origin nor what looks alike is an API's.
    const own: (string | undefined)[] = [];
    site.put("/own-api", (incoming, outgoing) => {
      own.push(incoming.headers.authorization);
      outgoing.end();
    });
    await get(tab, site.url("/own-api"));
    expect(own).toEqual([undefined]);
    // From the API to another origin, and from another to the API.
    await get(tab, `${apiOrigin}/redirect?to=${encodeURIComponent(elsewhere.url)}`);
    await get(tab, `${redirect.url}?to=${encodeURIComponent(`${apiOrigin}/open`)}`);
    expect(elsewhere.seen.every((authorization) => authorization === null)).toBe(true);
    expect(elsewhere.seen.length).toBeGreaterThan(0);
    expect(redirect.seen).toEqual([null]);
    const { api } = place;
    expect(api.to("/open").map(({ authorization }) => kindOf(authorization))).toEqual(["token", null]);
    expect(api.to("/redirect").map(({ authorization }) => kindOf(authorization))).toEqual(["token"]);
  },
);

test("R170 a request whose caller has given Authorization is sent as it is", async () => {
  await using signed = await signedIn();
  const { place, tab } = signed;
  await get(tab, `${place.apiOrigin}/refuse`, { headers: { Authorization: "Basic dTpw" } });
  expect(place.api.to("/refuse").map(({ authorization }) => authorization)).toEqual(["Basic dTpw"]);
});

test("R170 a request is replayed once, whatever its body is made of, with a token of the new claims", async () => {
  await using signed = await signedIn();
  const { place, tab } = signed;
  const { sub } = ((await stateOf(tab)) as { readonly user: { readonly sub: string } }).user;
  const { users } = place.site.server.cf;
  const send = (kind: string) =>
    tab.evaluate(
      async ([url, what]) => {
        const body = {
          text: () => "a text",
          form: () => {
            const form = new FormData();
            form.append("file", new Blob(["a file"]), "name");
            return form;
          },
          blob: () => new Blob(["a blob"], { type: "text/x" }),
          bytes: () => new Uint8Array([1, 2, 255]),
          stream: () => new Blob(["a stream"]).stream(),
        }[what]!();
        const init = { method: "POST", body, duplex: "half" };
        const response = await client.fetch(`${url}/own`, init);
        return [response.status, await response.json()] as const;
      },
      [place.directApiOrigin, kind] as const,
    );
  // The page has not heard of the new claims yet when it asks: the answer of the API is how it learns.
  place.way.follow(({ path }) => (path.endsWith("/stream") ? "swallow_request" : "none"));
  place.way.reset();
  for (const [index, kind] of ["text", "form", "blob", "bytes", "stream"].entries()) {
    // oxlint-disable-next-line no-await-in-loop -- one change of the claims after the other
    await users.setRoles(sub, [`role-${index}`]);
    // oxlint-disable-next-line no-await-in-loop
    expect([kind, await send(kind)]).toEqual([kind, [200, { sub, roles: [`role-${index}`] }]]);
    const [refused, accepted, ...others] = place.api.requests.splice(0);
    expect(others).toEqual([]);
    expect([refused?.sub, accepted?.sub]).toEqual([null, sub]);
    const form = (text: string) => text.replaceAll(/----\w+/g, "boundary");
    expect(form(accepted!.body)).toBe(form(refused!.body));
    expect(accepted!.body).not.toBe("");
    expect(accepted!.contentType?.split(";")[0]).toBe(refused!.contentType?.split(";")[0]);
  }
});

test("R170 an API that refuses every token is asked twice, and the server once", async () => {
  await using signed = await signedIn();
  const { place, tab } = signed;
  const asked = refreshes(place);
  expect(await get(tab, `${place.apiOrigin}/refuse`, { method: "POST", body: "b" })).toBe(401);
  expect(place.api.to("/refuse")).toHaveLength(2);
  expect(refreshes(place) - asked).toBe(1);
  await expectState([tab], { status: "signed_in" });
});

test("R170 what one user has sent is never replayed as another", async () => {
  await using signed = await signedIn();
  const { place, context, tab } = signed;
  const [other] = (await openTabs(place, context, 1, {})) as [Page];
  await expectState([other], { status: "signed_in" });
  // The API refuses it, and meanwhile somebody else signs in at this browser.
  const refusal = place.apiWay.next("POST", "/refuse", "hold");
  const sent = get(tab, `${place.apiOrigin}/refuse`, { method: "POST", body: "kavya's" });
  await refusal.met;
  await signInOn(other, ARJUN);
  await expectState([tab, other], { user: expect.objectContaining({ username: "arjun" }) });
  refusal.release();
  expect(await sent).toBe("AbortError");
  // One that waits for a token has not been sent yet, and is not sent as somebody else's either.
  place.site.server.clock.advance(11 * MINUTE);
  await tab.evaluate((slept) => stepWallClock(slept), 11 * MINUTE);
  const late = place.way.next("POST", "/auth/refresh", "hold");
  const waiting = get(tab, `${place.apiOrigin}/own`, { method: "POST", body: "arjun's" });
  await late.met;
  await other.evaluate(() => client.logout());
  await expectState([tab], { status: "signed_out" });
  await signInOn(other);
  await expectState([tab], { user: expect.objectContaining({ username: "kavya" }) });
  late.release();
  expect(await waiting).toBe("AbortError");
  expect(place.api.to("/refuse").map(({ body }) => body)).toEqual(["kavya's"]);
  expect(place.api.to("/own")).toEqual([]);
});
