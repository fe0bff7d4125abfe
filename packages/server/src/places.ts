import { Places } from "@counterfoil/core";
import type { Settings } from "./config/settings.ts";

/** How many sign-ins by the application's own check go on at once. */
const EXTERNAL_SIGN_INS = 64;

/**
 * How many sign-ins go on at once, and how many wait for that.
 *
 * @param external whether the application checks something of its own, which may be a wait for somebody else, and takes
 *   none of our time
 */
export function placesFor(
  { passwordConcurrency, passwordQueue }: Pick<Settings, "passwordConcurrency" | "passwordQueue">,
  external: boolean,
): Places {
  // More than hash at once: those that write share a commit, and no core waits for the disk.
  return new Places({ concurrency: external ? EXTERNAL_SIGN_INS : 8 * passwordConcurrency, queueLimit: passwordQueue });
}
