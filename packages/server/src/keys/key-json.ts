import { announcesFrom, goesFrom, signsFrom } from "@counterfoil/core";
import type { StoredSigningKey } from "@counterfoil/core";
import { z } from "zod";
import { named } from "../http/schema.ts";
import { seconds } from "../http/seconds.ts";

/** What happens next with a key, and when. */
export interface NextOfKey {
  /** It signs; its successor is announced; it retires, since its successor signs; it goes. */
  readonly step: "signs" | "successor" | "retires" | "goes";
  /** Milliseconds since the epoch. */
  readonly at: number;
}

/** `null`: nothing does by itself (the key of HS256 is the operator's), or the ledger counts from now on. */
export function nextOfKey(
  key: StoredSigningKey,
  keys: readonly StoredSigningKey[],
  lifetimeMs: number,
): NextOfKey | null {
  switch (key.state) {
    case "announced":
      return { step: "signs", at: signsFrom(key) };
    case "signing": {
      if (key.algorithm === "HS256") return null;
      const successor = keys.find(({ state, algorithm }) => state === "announced" && algorithm === key.algorithm);
      if (successor !== undefined) return { step: "retires", at: signsFrom(successor) };
      return { step: "successor", at: announcesFrom(key, { lifetimeMs }) };
    }
    case "retired": {
      const at = goesFrom(key);
      return at === null ? null : { step: "goes", at };
    }
  }
}

const instant = z.int().nullable();

/** A signing key on the wire: nothing that could sign. */
export const KeyJson = named(
  "SigningKey",
  z.object({
    kid: z.string(),
    algorithm: z.string(),
    state: z.enum(["announced", "signing", "retired"]),
    created_at: z.int(),
    signs_since: instant,
    retired_at: instant,
    next: z.object({ step: z.enum(["signs", "successor", "retires", "goes"]), at: z.int() }).nullable(),
  }),
);

export function keysJson(keys: readonly StoredSigningKey[], lifetimeMs: number): readonly z.infer<typeof KeyJson>[] {
  return keys.map((key) => {
    const next = nextOfKey(key, keys, lifetimeMs);
    return {
      kid: key.kid,
      algorithm: key.algorithm,
      state: key.state,
      created_at: seconds(key.createdAt),
      signs_since: key.signsSince === null ? null : seconds(key.signsSince),
      retired_at: key.retiredAt === null ? null : seconds(key.retiredAt),
      next: next === null ? null : { step: next.step, at: seconds(next.at) },
    };
  });
}

/** Why the one key that an operator gave cannot be rotated here. */
export const HS256_IS_YOURS =
  "HS256 signs with the key that you gave: set another COUNTERFOIL_HS256_SECRET here and in each service that verifies, and start the server again; the old one verifies for 16 minutes more.";
