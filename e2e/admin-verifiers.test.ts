import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { call } from "./support/http.ts";
import type { LocalServer } from "./support/local.ts";
import { newSecret, startLocal } from "./support/local.ts";
import { KAVYA, member, signIn } from "./support/sign-in.ts";

const add = (server: LocalServer, token: string, name: unknown): Promise<Answer> =>
  call(server, "POST", "/admin/verifiers", { token, body: { name } });

test("an administrator registers a service, sees it without its credential, and takes it away again", async () => {
  await using server = await startLocal();
  const { access, sub } = await signIn(server, KAVYA);
  const added = await add(server, access, "orders");
  expect(added.status).toBe(201);
  const credential = member(added, "credential");
  const id = member(added, "id");
  expect(added.body).toEqual({ id, name: "orders", created_at: server.clock.now() / 1000, credential });
  const introspect = () => call(server, "POST", "/oauth/introspect", { token: credential, form: { token: access } });
  expect((await introspect()).body["active"]).toBe(true);
  const now = server.clock.now() / 1000;
  const told = { streams: 0, last_contact_at: now, staleness_seconds: null };
  const list = async () => (await call(server, "GET", "/admin/verifiers", { token: access })).body;
  expect(await list()).toEqual({ verifiers: [{ id, name: "orders", created_at: added.body["created_at"], ...told }] });
  const removed = await call(server, "DELETE", `/admin/verifiers/${id}`, { token: access });
  expect(removed.status).toBe(204);
  expect((await introspect()).status).toBe(401);
  const again = await call(server, "DELETE", `/admin/verifiers/${id}`, { token: access });
  expect([again.status, again.body["code"]]).toEqual([404, "not_found"]);
  const logged = (await Promise.all([added, removed].map((answer) => server.eventsOf(answer)))).flat();
  expect(logged.map(({ body, context }) => [body.type, context?.actor])).toEqual([
    ["verifier_added", sub],
    ["verifier_removed", sub],
  ]);
  expect(JSON.stringify([await server.services.ledger.readEvents({ limit: 100 }), server.notices])).not.toContain(
    credential,
  );
});

test("a name that is taken is a conflict, of many at once one wins, and a name of another form is refused", async () => {
  await using server = await startLocal();
  const { access } = await signIn(server, KAVYA);
  const answers = await Promise.all(Array.from({ length: 8 }, () => add(server, access, "orders")));
  const statuses = answers.map(({ status }) => status);
  expect([
    statuses.filter((status) => status === 201).length,
    statuses.filter((status) => status === 409).length,
  ]).toEqual([1, 7]);
  for (const name of ["", "a b", "ver_x", "x".repeat(65), 1, null]) {
    expect((await add(server, access, name)).body["code"]).toBe("invalid_request");
  }
});

test("under HS256 no verifier is registered: it could mint the tokens that it asks about", async () => {
  await using server = await startLocal({ algorithm: "HS256", hs256Secret: newSecret() });
  const { access } = await signIn(server, KAVYA);
  expect((await add(server, access, "orders")).body["error"]).toContain("HS256");
});
