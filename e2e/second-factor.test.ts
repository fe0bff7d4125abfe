import type { SecondFactor, SecondFactorAttempt } from "@counterfoil/core";
import type { Subject } from "@counterfoil/core";
import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { MINUTE } from "./support/clock.ts";
import { Gate } from "./support/gate.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, claimsOf, cookieOf, KAVYA, member, signIn } from "./support/sign-in.ts";

/** A code that is good once, as they all should be. */
function oneTime(...codes: readonly string[]): { readonly asked: SecondFactorAttempt[]; readonly check: SecondFactor } {
  const left = new Set(codes);
  const asked: SecondFactorAttempt[] = [];
  return {
    asked,
    check: async (attempt) => {
      asked.push(attempt);
      if (!attempt.roles.includes("admin")) return "not_needed";
      if (attempt.code === null) return "needed";
      return left.delete(attempt.code) ? { amr: ["otp"] } : "refused";
    },
  };
}

const login = (server: LocalServer, body: object, headers: Readonly<Record<string, string>> = {}): Promise<Answer> =>
  call(server, "POST", "/login", { body, headers });

const outcome = ({ status, body }: Answer) => `${status} ${String(body["code"])}`;

test("R116 the second factor is asked for once the password is right, and its amr is in the ledger and the token", async () => {
  const factor = oneTime("123456");
  await using server = await startLocal({ secondFactor: factor.check });
  expect(outcome(await login(server, { ...KAVYA, password: "wrong" }))).toBe("401 invalid_credentials");
  expect(factor.asked).toEqual([]);
  const needed = await login(server, KAVYA, { "User-Agent": "curl/8" });
  expect([outcome(needed), needed.setCookies]).toEqual(["401 second_factor_required", []]);
  const signedIn = await signIn(server, { ...KAVYA, second_factor: "123456" });
  expect(claimsOf(signedIn.access).amr).toEqual(["pwd", "otp"]);
  const { ledger } = server.services;
  expect((await ledger.listSessions(signedIn.sub as Subject)).map(({ amr }) => amr)).toEqual([["pwd", "otp"]]);
  expect(factor.asked[0]).toEqual({
    subject: signedIn.sub,
    username: "kavya",
    roles: ["admin"],
    code: null,
    remoteAddress: "127.0.0.1",
    userAgent: "curl/8",
  });
  // A refresh keeps it: presence was proved then.
  const refreshed = await call(server, "POST", "/refresh", { token: signedIn.refresh });
  expect(claimsOf(member(refreshed, "access_token")).amr).toEqual(["pwd", "otp"]);
  expect(claimsOf((await signIn(server, ARJUN)).access).amr).toEqual(["pwd"]);
});

test("R116 a wrong factor looks like a wrong password, counts as a guess, and the log tells which it was", async () => {
  const factor = oneTime("123456");
  await using server = await startLocal({ secondFactor: factor.check });
  const [wrongPassword, wrongFactor] = [
    await login(server, { ...KAVYA, password: "wrong", second_factor: "1" }),
    await login(server, { ...KAVYA, second_factor: "000000" }),
  ];
  expect(wrongFactor.text).toBe(wrongPassword.text);
  expect((await server.eventsOf(wrongFactor))[0]?.body).toMatchObject({ reason: "second_factor_refused" });
  const guesses = await Promise.all(
    Array.from({ length: 30 }, (_, index) => login(server, { ...KAVYA, second_factor: String(index) })),
  );
  expect(guesses.filter(({ status }) => status === 401)).toHaveLength(18);
  expect(outcome(await login(server, { ...KAVYA, second_factor: "123456" }))).toBe("429 too_many_attempts");
  expect(factor.asked.map(({ code }) => code)).not.toContain("123456");
  server.clock.advance(10 * MINUTE);
  expect((await login(server, { ...KAVYA, second_factor: "123456" })).status).toBe(200);
});

test("R116 to be asked for it is no guess: the right password may come without it as often as it likes", async () => {
  await using server = await startLocal({ secondFactor: oneTime().check });
  for (let attempt = 0; attempt < 25; attempt++) {
    expect(outcome(await login(server, KAVYA))).toBe("401 second_factor_required");
  }
});

test("R116 a re-authentication asks for it too, and without it nothing of the session moves", async () => {
  await using server = await startLocal({ secondFactor: oneTime("1", "2").check });
  const { cookie, access } = await signIn(server, { ...KAVYA, second_factor: "1", transport: "cookie" });
  server.clock.advance(MINUTE);
  const prove = (more: object) =>
    call(server, "POST", "/reauthenticate", { cookie, body: { password: KAVYA.password, ...more } });
  expect(outcome(await prove({}))).toBe("401 second_factor_required");
  expect(outcome(await prove({ second_factor: "9" }))).toBe("401 invalid_credentials");
  expect((await call(server, "GET", "/me", { cookie })).status).toBe(200);
  const proved = await prove({ second_factor: "2" });
  expect(claimsOf(member(proved, "access_token"))).toMatchObject({
    amr: ["pwd", "otp"],
    auth_time: claimsOf(access).auth_time + 60,
  });
  expect((await call(server, "GET", "/me", { cookie: cookieOf(proved) })).body).toMatchObject({
    session: { amr: ["pwd", "otp"] },
  });
});

test("R116 a proof whose answer was lost has used its code up: beside the old cookie and the password another is asked for", async () => {
  await using server = await startLocal({ secondFactor: oneTime("1", "2", "3").check });
  const { cookie } = await signIn(server, { ...KAVYA, second_factor: "1", transport: "cookie" });
  const prove = (password: string, second_factor: string) =>
    call(server, "POST", "/reauthenticate", { cookie, body: { password, second_factor } });
  const lost = cookieOf(await prove(KAVYA.password, "2"));
  expect(outcome(await prove(KAVYA.password, "2"))).toBe("401 second_factor_required");
  expect(outcome(await prove("wrong", "3"))).toBe("401 invalid_session");
  expect(cookieOf(await prove(KAVYA.password, "3"))).toBe(lost);
  for (let guess = 0; guess < 20; guess++) await prove(KAVYA.password, "9");
  expect(outcome(await prove(KAVYA.password, "9"))).toBe("401 invalid_session");
  expect(outcome(await login(server, KAVYA))).toBe("429 too_many_attempts");
});

test("R116 where the check fails nobody is signed in: 503 for what it throws, 500 for what is no answer, and no guess is lost", async () => {
  const answers: unknown[] = [undefined, null, "", "ok", true, {}, { amr: [] }, { amr: "otp" }, { amr: ['"'] }];
  let answer: () => unknown = () => {
    throw new Error("the factors' database is away");
  };
  await using server = await startLocal({ secondFactor: async () => answer() as "needed" });
  for (let attempt = 0; attempt < 25; attempt++) {
    expect(outcome(await login(server, { ...KAVYA, second_factor: "1" }))).toBe("503 unavailable");
  }
  for (const each of answers) {
    answer = () => each;
    const response = await fetch(`http://127.0.0.1:${server.port}/login`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(KAVYA),
    });
    expect([response.status, await response.json()]).toMatchObject([500, { code: "internal" }]);
  }
  expect(server.notices.at(-1)).toMatchObject({
    type: "fault",
    error: { message: expect.stringMatching(/^secondFactor/) },
  });
  expect((await server.services.ledger.readEvents({ limit: 1000 })).map(({ body }) => body.type)).not.toContain(
    "session_opened",
  );
});

test.each(["disable", "delete"] as const)(
  "R116 who is meanwhile to %s does not get in, however right the factor",
  async (decision) => {
    const [asked, go] = [new Gate(), new Gate()];
    await using server = await startLocal({
      secondFactor: async () => {
        asked.open();
        await go.passed;
        return { amr: ["otp"] };
      },
    });
    const { user } = (await server.services.ledger.findUser("kavya" as never))!;
    const signingIn = login(server, { ...KAVYA, second_factor: "1" });
    await asked.passed;
    await server.cf.users[decision](user.subject);
    go.open();
    expect(outcome(await signingIn)).toBe("401 invalid_credentials");
    expect(await server.services.ledger.listSessions(user.subject)).toEqual([]);
  },
);

test("R116 a code is not asked to be good twice because the user's roles changed meanwhile", async () => {
  const factor = oneTime("123456");
  let changed = false;
  await using server = await startLocal({
    secondFactor: async (attempt) => {
      const answer = await factor.check(attempt);
      if (!changed) await server.cf.users.setRoles(attempt.subject, ["admin", "auditor"]);
      changed = true;
      return answer;
    },
  });
  const { access } = await signIn(server, { ...KAVYA, second_factor: "123456" });
  expect(claimsOf(access)).toMatchObject({ roles: ["admin", "auditor"], amr: ["pwd", "otp"] });
});

test("R116 who becomes an administrator while signing in without a factor is asked for one after all", async () => {
  const factor = oneTime();
  await using server = await startLocal({
    secondFactor: async (attempt) => {
      const answer = await factor.check(attempt);
      await server.cf.users.setRoles(attempt.subject, ["admin"]);
      return answer;
    },
  });
  expect(outcome(await login(server, ARJUN))).toBe("401 second_factor_required");
});

test("R116 the application's own users are asked after its own check, with its amr; one who is banned is not asked", async () => {
  const factor = oneTime("1", "2");
  await using server = await startLocal({
    users: [],
    authenticate: async ({ username, password }) =>
      password === "right" ? { subject: `app-${username}`, roles: ["admin"], amr: ["pwd", "pwd", "geo"] } : null,
    secondFactor: factor.check,
  });
  const right = { username: "eve", password: "right" };
  expect(outcome(await login(server, right))).toBe("401 second_factor_required");
  const { access, sub } = await signIn(server, { ...right, second_factor: "1" });
  expect(claimsOf(access).amr).toEqual(["pwd", "geo", "otp"]);
  const body = { password: "right", second_factor: "2" };
  const proved = await call(server, "POST", "/reauthenticate", { token: access, body });
  expect(claimsOf(member(proved, "access_token")).amr).toEqual(["pwd", "geo", "otp"]);
  await server.cf.users.disable(sub);
  const before = factor.asked.length;
  expect(outcome(await login(server, right))).toBe("401 invalid_credentials");
  expect(factor.asked).toHaveLength(before);
});

test("R116 what is no factor is refused before anything is checked, and a factor is in no log", async () => {
  await using server = await startLocal({ secondFactor: oneTime().check });
  for (const second_factor of ["", "x".repeat(257), 123456, null]) {
    expect(outcome(await login(server, { ...KAVYA, second_factor }))).toBe("400 invalid_request");
  }
  await login(server, { ...KAVYA, second_factor: "a-very-own-code" });
  await server.services.recorder.flush();
  const logged = JSON.stringify([await server.services.ledger.readEvents({ limit: 1000 }), server.notices]);
  expect(logged).toContain("second_factor_refused");
  expect(logged).not.toContain("a-very-own-code");
});

test("R116 a new password by the current one asks for it too, or a stolen session and a password would do", async () => {
  await using server = await startLocal({ secondFactor: oneTime("1", "2").check });
  const { access } = await signIn(server, { ...KAVYA, second_factor: "1" });
  const change = (more: object) =>
    call(server, "POST", "/password", {
      token: access,
      body: { current_password: KAVYA.password, new_password: "a rather longer sentence", ...more },
    });
  expect(outcome(await change({}))).toBe("401 second_factor_required");
  expect(outcome(await change({ second_factor: "9" }))).toBe("401 invalid_credentials");
  const changed = await change({ second_factor: "2" });
  expect(claimsOf(member(changed, "access_token")).amr).toEqual(["pwd", "otp"]);
});
