import { afterAll, expect, test } from "vitest";
import { call } from "./support/http.ts";
import { startLocal } from "./support/local.ts";
import { ALL_ROUTES } from "./support/routes.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

const server = await startLocal();
afterAll(() => server[Symbol.asyncDispose]());

/** Of each kind that there is, of the right form; and by its name, whatever its form. */
const SECRETS = [
  `code=cfp_${"A".repeat(22)}`,
  `x=cfv_${"A".repeat(48)}`,
  `x=cfs_${"A".repeat(50)}`,
  `x=cfr_${"A".repeat(50)}`,
  "a=1&access_token=abc",
];

test.each(ALL_ROUTES)("R018 $method $path refuses a secret in its address, before it does anything", async (route) => {
  for (const query of SECRETS) {
    const refused = await call(server, route.method, `${route.path}?${query}`);
    const told = refused.body["error_description"] ?? refused.body["error"];
    expect([refused.status, told]).toEqual([400, expect.stringContaining("does not belong in an address")]);
    expect(refused.text).not.toContain("AAAA");
  }
});

test("R018 a one-time code in the address is not redeemed by the body that comes with it, nor lost", async () => {
  const { sub } = await signIn(server, KAVYA);
  const issued = await server.cf.users.resetPassword(sub);
  const code = issued === "unknown" ? "" : issued.code;
  const body = { code, new_password: "lantern otter gravel mitten" };
  expect((await call(server, "POST", `/password?code=${code}`, { body })).status).toBe(400);
  expect((await call(server, "POST", "/password", { body })).status).toBe(204);
});
