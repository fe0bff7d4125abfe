import { CounterfoilError, MAX_PASSWORD_LENGTH, parseDeviceName, parsePassword } from "@counterfoil/core";
import type { Password } from "@counterfoil/core";
import { z } from "zod";
import { readJson } from "./json.ts";

/**
 * Reads a request's body against its schema: the only way in which a route sees one.
 *
 * @throws CounterfoilError `invalid_request`, `payload_too_large` or `unsupported_media_type`
 */
export async function readBody<Schema extends z.ZodObject>(request: Request, schema: Schema): Promise<z.infer<Schema>> {
  const parsed = schema.safeParse(await readJson(request));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw new CounterfoilError("invalid_request", describe(issue!, schema));
}

/**
 * Says where and what, in the schema's words. The sentence is logged too, so it quotes nothing that was sent: a value
 * may be a password in the wrong place, and so may the name of a member.
 */
function describe(issue: z.core.$ZodIssue, schema: z.ZodObject): string {
  if (issue.code === "unrecognized_keys") {
    return `The body has a member that is not known here: it takes ${Object.keys(schema.shape).join(", ")}.`;
  }
  const where = issue.path.length === 0 ? "The body" : `"${issue.path.join(".")}"`;
  return `${where} is not as it should be: ${issue.message.replace(/^Invalid input: /, "")}.`;
}

/** A user name as it is typed. */
export const username = z
  .string("expected a string")
  .min(1, "expected 1 to 256 characters")
  .max(256, "expected 1 to 256 characters");

/** What the application's own check of a second factor is given. */
export const secondFactor = z
  .string("expected a string")
  .min(1, "expected 1 to 256 characters")
  .max(256, "expected 1 to 256 characters");

/** Any password that could be somebody's; too long a one is refused before it is hashed (ASVS V6.2.9). */
export const password = z
  .string("expected a string")
  .min(1, "expected at least 1 character")
  .transform((text, context): Password => {
    const parsed = parsePassword(text);
    if (parsed !== null) return parsed;
    context.addIssue({ code: "custom", message: `expected at most ${MAX_PASSWORD_LENGTH} characters` });
    return z.NEVER;
  });

export const DEVICE_NAME_FORM = "expected 1 to 64 characters, without control characters";

/** What a client calls its device. */
export const deviceName = z
  .string("expected a string")
  .refine((text) => parseDeviceName(text) !== null, DEVICE_NAME_FORM);

/** What is to become a password: the rules for those say more than a schema could. */
export const newPassword = z.string("expected a string");
