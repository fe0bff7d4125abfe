import type { Subject } from "@counterfoil/core";
import { expect, test } from "vitest";
import { sentence } from "../packages/server/src/explain/sentences.ts";
import type { Answer } from "./support/answer.ts";
import { MINUTE } from "./support/clock.ts";
import { call } from "./support/http.ts";
import type { LocalOptions, LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

interface Case {
  /** What `counterfoil explain` says of the request. */
  readonly told: string;
  readonly options?: LocalOptions;
  readonly ask: (server: LocalServer, token: string) => Promise<Answer>;
}

const add = (server: LocalServer, token: string) =>
  call(server, "POST", "/admin/verifiers", { token, body: { name: "orders" } });

/** Where one reason is of several routes, the sentence has to be true of each. */
const CASES: readonly Case[] = [
  ...["/admin/users", "/admin/keys", "/admin/events"].map((path): Case => ({
    told: `GET ${path} was refused as reauthentication_required: it takes a recent proof of presence.`,
    ask: async (server) => {
      const { cookie } = await signIn(server, { ...KAVYA, transport: "cookie" });
      server.clock.advance(16 * MINUTE);
      return call(server, "GET", path, { cookie });
    },
  })),
  {
    told: "POST /admin/keys/rotate was refused as conflict: it did not go together with what there is.",
    options: { algorithm: "HS256", hs256Secret: newSecret() },
    ask: (server, token) => call(server, "POST", "/admin/keys/rotate", { token }),
  },
  {
    told: "POST /admin/keys/:kid/revoke was refused as not_found: no signing key of that name is in the ledger.",
    ask: (server, token) => call(server, "POST", "/admin/keys/none/revoke", { token }),
  },
  {
    told: "POST /admin/verifiers was refused as conflict: it did not go together with what there is.",
    ask: async (server, token) => {
      await add(server, token);
      return add(server, token);
    },
  },
  {
    told: "POST /admin/verifiers was refused as invalid_request: it did not go together with what there is.",
    options: { algorithm: "HS256", hs256Secret: newSecret() },
    ask: add,
  },
  {
    told: "GET /admin/events/explain/:id was refused as not_found: its session is not in the ledger",
    ask: (server, token) => call(server, "GET", "/admin/events/explain/req_none", { token }),
  },
  {
    told: "DELETE /sessions/:sid was refused as not_found: its session is not in the ledger",
    ask: (server, token) => call(server, "DELETE", "/sessions/none", { token }),
  },
];

test.each(CASES)("R160 it is told truly: $told", async ({ told, options, ask }) => {
  await using server = await startLocal(options);
  const { access } = await signIn(server, KAVYA);
  const events = await server.eventsOf(await ask(server, access));
  expect(events.map(({ body }) => sentence(body))).toContainEqual(expect.stringContaining(told));
});

test("R160 of a disabled user's request for a code it is told that the user is disabled, and of no password", async () => {
  await using server = await startLocal({ onPasswordReset: () => undefined });
  const { sub } = await signIn(server, KAVYA);
  await server.services.ledger.setDisabled({ subject: sub as Subject, disabled: true, context: null });
  const asked = await call(server, "POST", "/password/reset", { body: { username: "kavya" } });
  expect(asked.status).toBe(202);
  const told = async () => (await server.eventsOf(asked)).map(({ body }) => sentence(body));
  await expect.poll(told).toEqual(["A one-time code was asked for, and none was sent: the user is disabled."]);
});
