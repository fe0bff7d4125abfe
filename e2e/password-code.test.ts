import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { outsideOf } from "./support/answer.ts";
import { MINUTE, SECOND } from "./support/clock.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { Gate } from "./support/gate.ts";
import { call } from "./support/http.ts";
import type { Target } from "./support/http.ts";
import type { LocalOptions } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { NEW_PASSWORD, NEXT_PASSWORD, NO_CODE } from "./support/password.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

interface Sent {
  readonly subject: string;
  readonly username: string;
  readonly code: string;
  readonly expiresAt: number;
}

/** A server whose application sends its codes into a list. */
async function startSending(options: LocalOptions = {}) {
  const sent: Sent[] = [];
  const server = await startLocal({ onPasswordReset: (reset) => void sent.push(reset), ...options });
  const reset = (username: string) => call(server, "POST", "/password/reset", { body: { username } });
  return Object.assign(server, { sent, reset });
}

const redeem = (server: Target, code: string, new_password = NEW_PASSWORD) =>
  call(server, "POST", "/password", { body: { code, new_password } });

const login = async (server: Target, password: string, username: string = KAVYA.username) =>
  (await call(server, "POST", "/login", { body: { username, password } })).status;

const subjectOf = async (server: Target) => (await signIn(server, KAVYA)).sub;

test("R118 a reset sends a code that sets the password once: all sessions end, and nobody is signed in by it", async () => {
  await using server = await startSending();
  const { refresh, cookie, sub } = { ...(await signIn(server, KAVYA)), cookie: "" };
  const asked = await server.reset("KAVYA");
  expect([asked.status, asked.body, cookie]).toEqual([202, { status: "accepted" }, ""]);
  await expect.poll(() => server.sent.length).toBe(1);
  const [{ code, ...rest }] = server.sent as [Sent];
  expect(rest).toEqual({ subject: sub, username: "kavya", expiresAt: server.clock.now() + 15 * MINUTE });
  expect(code).toMatch(/^cfp_[\w-]{22}$/);
  // Asking takes nothing from anybody.
  expect(await login(server, KAVYA.password)).toBe(200);
  const set = await redeem(server, code);
  expect([set.status, set.text, set.setCookies]).toEqual([204, "", []]);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  expect([await login(server, KAVYA.password), await login(server, NEW_PASSWORD)]).toEqual([401, 200]);
  const twice = await redeem(server, code, NEXT_PASSWORD);
  expect([twice.status, twice.body["code"]]).toEqual([401, "invalid_code"]);
  expect(await login(server, NEW_PASSWORD)).toBe(200);
});

test("R118 a code is good for fifteen minutes, and the newest alone; all that are not are refused alike", async () => {
  await using server = await startSending();
  const sub = await subjectOf(server);
  const issue = async () => {
    const issued = await server.cf.users.resetPassword(sub);
    return issued === "unknown" ? "" : issued.code;
  };
  const [replaced, late] = [await issue(), await issue()];
  const answers = [await redeem(server, NO_CODE), await redeem(server, replaced)];
  server.clock.advance(15 * MINUTE);
  answers.push(await redeem(server, late));
  const inTime = await issue();
  server.clock.advance(15 * MINUTE - SECOND);
  expect((await redeem(server, inTime)).status).toBe(204);
  answers.push(await redeem(server, inTime), await redeem(server, "not a code"), await redeem(server, `${inTime}A`));
  const disabled = await issue();
  await server.cf.users.disable(sub);
  answers.push(await redeem(server, disabled));
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
  expect(answers[0]!.status).toBe(401);
});

test("R118 of sixteen redemptions of one code at once one sets its password", async () => {
  await using server = await startSending({ passwordQueue: 100 });
  const issued = await server.cf.users.resetPassword(await subjectOf(server));
  const { code } = issued as { code: string };
  const passwords = Array.from({ length: 16 }, (_, index) => `${NEXT_PASSWORD} ${index}`);
  const answers = await Promise.all(passwords.map((password) => redeem(server, code, password)));
  const statuses = answers.map(({ status }) => status);
  expect(statuses.filter((status) => status === 204)).toHaveLength(1);
  expect(statuses.filter((status) => status === 401)).toHaveLength(15);
  expect(await login(server, passwords[statuses.indexOf(204)]!)).toBe(200);
});

test("a password against the rules is refused, and the code stays good for a better one", async () => {
  await using server = await startSending();
  const { code } = (await server.cf.users.resetPassword(await subjectOf(server))) as { code: string };
  const refused = await redeem(server, code, "short");
  expect([refused.status, refused.body["code"]]).toEqual([400, "password_refused"]);
  expect((await redeem(server, code)).status).toBe(204);
});

test("R112 R118 on evidence of compromise the password is gone at once, and the user alone chooses the next", async () => {
  await using server = await startSending();
  const { access, refresh, sub } = await signIn(server, KAVYA);
  const { code } = (await server.cf.users.resetPassword(sub, { compromised: true })) as { code: string };
  expect((await call(server, "GET", "/me", { token: access })).status).toBe(401);
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  const refused = await call(server, "POST", "/login", { body: KAVYA });
  expect([refused.status, refused.body["code"]]).toEqual([401, "invalid_credentials"]);
  expect((await redeem(server, code)).status).toBe(204);
  expect(await login(server, NEW_PASSWORD)).toBe(200);
  expect(await server.cf.users.resetPassword("usr_nobody")).toBe("unknown");
});

test("R118 no byte of the ledger or of the event log is a code", async () => {
  await using directory = await temporaryDirectory();
  await using server = await startSending({ data: directory.path });
  const sub = await subjectOf(server);
  const { code } = (await server.cf.users.resetPassword(sub)) as { code: string };
  await server.reset("kavya");
  await expect.poll(() => server.sent.length).toBe(1);
  const codes = [code, server.sent[0]!.code];
  await redeem(server, codes[1]!);
  const raw = codes.map((text) => Buffer.from(text.slice(4), "base64url"));
  const files = readdirSync(directory.path).map((name) => readFileSync(join(directory.path, name)));
  expect(files.length).toBeGreaterThan(0);
  for (const bytes of files) {
    for (const secret of [...codes, ...raw]) expect(bytes.includes(secret)).toBe(false);
  }
  const events = JSON.stringify([await server.services.ledger.readEvents({ limit: 1000 }), server.notices]);
  for (const secret of codes) expect(events).not.toContain(secret.slice(4));
});

test("R117 a reset answers alike for a user who is known, unknown, disabled or limited, and before it looks", async () => {
  await using server = await startSending();
  const { sub } = await signIn(server, { username: "arjun", password: "userpass" });
  await server.cf.users.disable(sub);
  const ledger = server.services.ledger;
  const find = ledger.findUser.bind(ledger);
  const looked = new Gate();
  ledger.findUser = async (name) => {
    await looked.passed;
    return find(name);
  };
  const answers: Answer[] = [];
  for (const username of ["kavya", "nobody", "arjun", "\u0000'; --"]) answers.push(await server.reset(username));
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
  expect(answers[0]!.status).toBe(202);
  looked.open();
  await expect.poll(() => server.sent.length).toBe(1);
  const why = async (answer: Answer) => (await server.eventsOf(answer)).map(({ body }) => body);
  await expect.poll(() => why(answers[1]!)).toEqual([{ type: "password_code_refused", reason: "unknown_user" }]);
  await expect.poll(() => why(answers[2]!)).toEqual([{ type: "password_code_refused", reason: "user_disabled" }]);
  expect(server.sent.map(({ username }) => username)).toEqual(["kavya"]);
});

test("R117 nobody's mailbox is flooded: three messages at once, and the answers tell nothing of it", async () => {
  await using server = await startSending();
  const answers: Answer[] = [];
  for (let asked = 0; asked < 6; asked++) answers.push(await server.reset(asked % 2 === 0 ? "kavya" : "KAVYA"));
  expect(new Set(answers.map(outsideOf)).size).toBe(1);
  await expect.poll(() => server.sent.length).toBe(3);
  const last = async () => (await server.eventsOf(answers[5]!)).map(({ body }) => body);
  await expect.poll(last).toEqual([{ type: "password_code_refused", reason: "too_many_attempts" }]);
  expect(server.sent).toHaveLength(3);
  // Who asks for many users is limited by address.
  const statuses = [];
  for (let asked = 0; asked < 5; asked++) statuses.push((await server.reset(`user${asked}`)).status);
  expect(statuses).toEqual([202, 202, 202, 202, 429]);
});

test("an application that cannot send, at once or later, fails no request and no process: it is told in a notice", async () => {
  const fail: (() => Promise<void> | void)[] = [
    () => {
      throw new Error("no mail server");
    },
    () => Promise.reject(new Error("no mail server")),
  ];
  for (const onPasswordReset of fail) {
    await using server = await startSending({ onPasswordReset });
    expect((await server.reset("kavya")).status).toBe(202);
    await expect.poll(() => server.notices.length).toBe(1);
    expect(server.notices[0]).toMatchObject({ type: "background_fault", task: "password_reset" });
    expect(await login(server, KAVYA.password)).toBe(200);
  }
});

test("without onPasswordReset there is no such route; codes from an operator are redeemed all the same", async () => {
  await using server = await startLocal();
  expect((await call(server, "POST", "/password/reset", { body: { username: "kavya" } })).status).toBe(404);
  const { code } = (await server.cf.users.resetPassword(await subjectOf(server))) as { code: string };
  expect((await redeem(server, code)).status).toBe(204);
});

test("guesses at codes are limited by address", async () => {
  await using server = await startLocal();
  const statuses = [];
  for (let guess = 0; guess < 21; guess++) statuses.push((await redeem(server, NO_CODE)).status);
  expect(statuses).toEqual([...Array.from({ length: 20 }, () => 401), 429]);
});

test("R035 who takes a deleted user's name has nothing of the first: not the code, not a session", async () => {
  await using server = await startLocal();
  const { access, refresh, cookie, sub } = {
    ...(await signIn(server, KAVYA)),
    cookie: (await signIn(server, { ...KAVYA, transport: "cookie" })).cookie,
  };
  const { code } = (await server.cf.users.resetPassword(sub)) as { code: string };
  await server.cf.users.delete(sub);
  const created = await server.cf.users.create({ username: "kavya", password: NEW_PASSWORD });
  expect(created).toMatchObject({ outcome: "created", code: null });
  expect((await redeem(server, code, NEXT_PASSWORD)).status).toBe(401);
  for (const carried of [{ token: access }, { cookie }]) {
    expect((await call(server, "GET", "/me", carried)).status).toBe(401);
  }
  expect((await call(server, "POST", "/refresh", { token: refresh })).status).toBe(401);
  expect([await login(server, KAVYA.password), await login(server, NEW_PASSWORD)]).toEqual([401, 200]);
});
