import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";
import { afterAll, beforeAll, expect, test } from "vitest";
import type { RunningBrowser } from "./support/browser.ts";
import { launchBrowser } from "./support/browser.ts";
import { askFrom } from "./support/page-request.ts";
import { ARJUN, KAVYA } from "./support/sign-in.ts";
import { startSite } from "./support/site.ts";

let browser: RunningBrowser;

beforeAll(async () => {
  browser = await launchBrowser();
});

afterAll(() => browser[Symbol.asyncDispose]());

function edited(part: string, changes: object): string {
  const members = JSON.parse(new TextDecoder().decode(decodeBase64Url(part)!)) as object;
  return encodeBase64Url(new TextEncoder().encode(JSON.stringify({ ...members, ...changes })));
}

test("R013 whatever a user edits in the own browser, the server decides by what it knows itself", async () => {
  await using site = await startSite(browser);
  const context = await site.context();
  const page = await site.page(context);
  const { body } = await askFrom(page, "POST", "/auth/login", ARJUN);
  const { access_token: token, user, sid } = body as { access_token: string; user: { sub: string }; sid: string };
  const { users } = await site.server.services.ledger.listUsers({ limit: 10 });
  const admin = users.find(({ username }) => username === KAVYA.username)!;
  const [cookie] = await context.cookies();
  const ask = async (bearer?: string) => {
    const me = await askFrom(page, "GET", "/auth/me", undefined, bearer);
    const keys = await askFrom(page, "GET", "/auth/admin/keys", undefined, bearer);
    return [me.status === 200 ? (me.body["user"] as object) : me.body["code"], keys.body["code"]];
  };
  const asItIs = [{ sub: user.sub, username: "arjun", roles: ["user"] }, "insufficient_role"];
  expect(await ask()).toEqual(asItIs);

  // Beside the credential: storage, other cookies, and what a page keeps in memory.
  await page.evaluate((sub) => {
    for (const storage of [localStorage, sessionStorage]) {
      for (const [name, value] of [
        ["roles", '["admin"]'],
        ["user", sub],
        ["session_id", sub],
      ] as const) {
        storage.setItem(name, value);
      }
    }
    for (const pair of [`roles=admin`, `user=${sub}`, `sub=${sub}`, "auth_time=9999999999"]) {
      document.cookie = `${pair}; Path=/; Secure`;
    }
  }, admin.subject);
  expect(await ask()).toEqual(asItIs);

  // The access token: another payload, another header, no signature, another's.
  const [header = "", payload = "", signature = ""] = token.split(".");
  const forged = [
    [header, edited(payload, { roles: ["admin"] }), signature],
    [header, edited(payload, { sub: admin.subject, roles: ["admin"] }), signature],
    [header, edited(payload, { exp: 9_999_999_999 }), signature],
    [edited(header, { alg: "none" }), edited(payload, { roles: ["admin"] }), ""],
    [edited(header, { alg: "HS256" }), edited(payload, { roles: ["admin"] }), signature],
    [header, payload, signature.slice(0, -4) + "AAAA"],
  ];
  for (const parts of forged) expect(await ask(parts.join("."))).toEqual(["invalid_token", "invalid_token"]);
  expect(await ask(token)).toEqual(asItIs);

  // The cookie: each character of it counts, and nothing that is public opens a session.
  const { value } = cookie!;
  const flipped = [4, 10, 28, 40, value.length - 1].map(
    (at) => value.slice(0, at) + (value[at] === "A" ? "B" : "A") + value.slice(at + 1),
  );
  for (const other of [...flipped, sid, user.sub, token.slice(0, 60), value.slice(0, -1), `${value}A`]) {
    await context.addCookies([{ ...cookie!, value: other }]);
    expect([other, ...(await ask())]).toEqual([other, "invalid_session", "invalid_session"]);
  }
  await context.addCookies([cookie!]);
  expect(await ask()).toEqual(asItIs);
});
