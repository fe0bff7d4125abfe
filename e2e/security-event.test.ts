import { expect, test } from "vitest";
import type { SecurityEvent } from "../packages/server/src/security-events.ts";
import { SECOND } from "./support/clock.ts";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

test("R116 the application is told of each sign-in, a wrong second factor, a reused refresh token and a changed password", async () => {
  const told: SecurityEvent[] = [];
  await using server = await startLocal({
    onSecurityEvent: (event) => void told.push(event),
    secondFactor: async ({ code }) => (code === null ? "not_needed" : "refused"),
  });
  const headers = { "User-Agent": "phone" };
  const { sub, sid, refresh, answer } = await signIn(server, KAVYA, { headers });
  await signIn(server, KAVYA, { headers });
  await signIn(server, KAVYA, { headers: { "User-Agent": "laptop" } });
  await call(server, "POST", "/login", { body: { ...KAVYA, password: "wrong" } });
  await call(server, "POST", "/login", { body: { ...KAVYA, second_factor: "1" } });
  await call(server, "POST", "/refresh", { token: refresh });
  server.clock.advance(31 * SECOND);
  await call(server, "POST", "/refresh", { token: refresh });
  const reset = await server.cf.users.resetPassword(sub);
  const redeem = { code: (reset as { readonly code: string }).code, new_password: "lantern otter gravel mitten" };
  expect((await call(server, "POST", "/password", { body: redeem })).status).toBe(204);
  await server.cf.users.disable(sub);
  await server.cf.users.disable(sub);
  await server.cf.users.enable(sub);
  await expect
    .poll(() => told.map((event) => [event.type, "newDevice" in event ? event.newDevice : null]))
    .toEqual([
      ["session_opened", true],
      ["session_opened", false],
      ["session_opened", true],
      ["second_factor_refused", null],
      ["refresh_reused", null],
      ["password_code_issued", null],
      ["password_set", null],
      ["user_disabled", null],
    ]);
  expect(new Set(told.map((event) => event.subject))).toEqual(new Set([sub]));
  expect(told[0]).toEqual({
    type: "session_opened",
    subject: sub,
    sid,
    transport: "bearer",
    amr: ["pwd"],
    newDevice: true,
    context: { requestId: answer.headers["request-id"], remoteAddress: "127.0.0.1", userAgent: "phone" },
  });
});

test("R116 who is told late, or fails, holds up and fails no request: that is a notice", async () => {
  let wait = true;
  await using server = await startLocal({
    onSecurityEvent: () => (wait ? new Promise<void>(() => undefined) : Promise.reject(new Error("no mail"))),
  });
  await signIn(server, KAVYA);
  wait = false;
  await signIn(server, ARJUN);
  await expect
    .poll(() => server.notices)
    .toContainEqual({ type: "background_fault", task: "security_events", error: new Error("no mail") });
});
