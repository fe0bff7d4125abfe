import { CounterfoilError } from "../errors.ts";
import type { EventContext } from "../events.ts";
import type { Subject } from "../user/user.ts";
import { parseAmr } from "./amr.ts";

/** Who is signing in, or proving presence again, and has given the right password. */
export interface SecondFactorAttempt {
  readonly subject: string;
  readonly username: string | null;
  readonly roles: readonly string[];
  /** What came as the second factor; `null` where nothing did. */
  readonly code: string | null;
  readonly remoteAddress: string | null;
  readonly userAgent: string | null;
}

/** `needed`: ask the user for it. An `amr`: it was right, and this is how presence was proved besides (RFC 8176). */
export type SecondFactorAnswer = "not_needed" | "needed" | "refused" | { readonly amr: readonly string[] };

/** The application's own check of a second factor. A code that it accepts is used up: that is its part to see to. */
export type SecondFactor = (attempt: SecondFactorAttempt) => Promise<SecondFactorAnswer>;

export type FactorChecked =
  | { readonly outcome: "passed"; readonly amr: readonly string[] }
  | { readonly outcome: "second_factor_required"; readonly subject: Subject }
  | { readonly outcome: "refused"; readonly reason: "second_factor_refused"; readonly subject: Subject };

/** Checks the second factor of whoever the password was found to be right for. */
export type CheckFactor = (user: {
  readonly subject: Subject;
  readonly username: string | null;
  readonly roles: readonly string[];
}) => Promise<FactorChecked>;

/**
 * The check for one sign-in. Its password may have to be checked again, because something about the user was decided
 * meanwhile; a factor that was found right is then not asked for again, since its code is used up.
 *
 * @throws CounterfoilError (as a rejection of the check) `unavailable` if the application's function throws, `internal`
 *   if what it gives is no answer
 */
export function secondFactorCheck(
  ask: SecondFactor | undefined,
  code: string | null,
  { remoteAddress, userAgent }: EventContext,
): CheckFactor {
  const proved = new Map<Subject, readonly string[]>();
  return async ({ subject, username, roles }) => {
    if (ask === undefined) return { outcome: "passed", amr: [] };
    const before = proved.get(subject);
    if (before !== undefined) return { outcome: "passed", amr: before };
    const answer = await answerOf(ask, { subject, username, roles, code, remoteAddress, userAgent });
    switch (answer) {
      case "not_needed":
        return { outcome: "passed", amr: [] };
      case "needed":
        return { outcome: "second_factor_required", subject };
      case "refused":
        return { outcome: "refused", reason: "second_factor_refused", subject };
      default:
        proved.set(subject, answer);
        return { outcome: "passed", amr: answer };
    }
  };
}

async function answerOf(
  ask: SecondFactor,
  attempt: SecondFactorAttempt,
): Promise<Extract<SecondFactorAnswer, string> | readonly string[]> {
  let answer: SecondFactorAnswer | null | undefined;
  try {
    answer = await ask(attempt);
  } catch (cause) {
    // What it needs is out of reach: a fault of ours, and no wrong factor.
    throw new CounterfoilError("unavailable", "The application could not check the second factor.", { cause });
  }
  if (answer === "not_needed" || answer === "needed" || answer === "refused") return answer;
  // Whatever else it is, it must not pass for "not needed".
  const amr = typeof answer === "object" ? parseAmr(answer?.amr) : null;
  if (amr === null) {
    throw new CounterfoilError(
      "internal",
      'secondFactor() must give "not_needed", "needed", "refused" or { amr: ["otp"] }, with 1 to 16 names of visible ASCII characters.',
    );
  }
  return amr;
}
