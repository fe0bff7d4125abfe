import { rotateSigningKey } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { HS256_IS_YOURS, KeyJson, keysJson } from "../../../keys/key-json.ts";
import { json } from "../../answer.ts";
import { readBody } from "../../body.ts";
import { forAdmin } from "../../for-admin.ts";
import { NoQuery, readQuery } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import type { Services } from "../../../services.ts";

const KeysJson = z.object({ keys: z.array(KeyJson) });

async function listed({ ledger, settings }: Services) {
  const lifetimeMs = settings.signingKeyLifetimeDays * 24 * 3600_000;
  return { keys: keysJson(await ledger.listSigningKeys(), lifetimeMs) };
}

/** `GET /admin/keys`: the signing keys, and what happens next with each. Nothing that could sign is in it. */
export const adminListKeys: Route = {
  method: "GET",
  path: PATHS.adminKeys,
  about: {
    operation: "adminListKeys",
    summary: "Lists the keys that sign access tokens, and what happens next with each.",
    access: "admin",
    answers: { 200: KeysJson },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    return json(call, 200, await listed(services));
  }),
};

const RotateBody = z.strictObject({ now: z.boolean("expected true or false").optional() });

/** `POST /admin/keys/rotate`: announces a key that signs in 15 minutes, or with `now` signs with it at once. */
export const adminRotateKeys: Route = {
  method: "POST",
  path: PATHS.adminRotateKeys,
  about: {
    operation: "adminRotateKeys",
    summary:
      "Announces a signing key, which signs in 15 minutes by itself. With `now` it signs at once, and verifiers that have cached the JWK Set have to fetch it again.",
    access: "admin",
    body: RotateBody,
    answers: {
      200: KeysJson.extend({ outcome: z.enum(["announced", "already_announced", "promoted"]), kid: z.string() }),
    },
    errors: ["invalid_request", "conflict"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const { now = false } = await readBody(call.request, RotateBody);
    const { algorithm } = services.settings;
    const rotated = await rotateSigningKey(services, { algorithm, now, context: call.context });
    if (rotated.outcome === "not_ours") {
      return refuse(services, call, { code: "conflict", reason: "conflict", sentence: HS256_IS_YOURS });
    }
    await services.upkeep();
    return json(call, 200, { ...rotated, ...(await listed(services)) });
  }),
};

/** `POST /admin/keys/{kid}/revoke`: every token under it is refused from here on, on every server. */
export const adminRevokeKey: Route = {
  method: "POST",
  path: `${PATHS.adminKeys}/:kid/revoke`,
  about: {
    operation: "adminRevokeKey",
    summary:
      "Revokes a signing key: every token under it is refused within a second, and another signs. Clients refresh; nobody signs in again.",
    access: "admin",
    body: z.strictObject({}),
    answers: { 200: KeysJson.extend({ outcome: z.enum(["revoked", "already_revoked"]), kid: z.string() }) },
    errors: ["invalid_request", "not_found"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    await readBody(call.request, z.strictObject({}));
    const kid = call.params["kid"] ?? "";
    const { outcome } = await services.ledger.endSigningKey({ kid, to: "revoked", context: call.context });
    if (outcome === "unknown") {
      const sentence = "There is no such key: GET /admin/keys lists those that there are.";
      return refuse(services, call, { code: "not_found", reason: "unknown_key", sentence });
    }
    await services.revoked();
    // The one that signs may be gone: the answer comes when another does. That a look failed is told where it is tried again.
    await services.upkeep().catch(() => undefined);
    return json(call, 200, {
      outcome: outcome === "ended" ? "revoked" : "already_revoked",
      kid,
      ...(await listed(services)),
    });
  }),
};
