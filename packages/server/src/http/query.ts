import { CounterfoilError } from "@counterfoil/core";
import { z } from "zod";

/**
 * Reads a request's query against its schema, as strictly as a body: a parameter that is not known, or that comes twice,
 * is a mistake that its sender should hear of.
 *
 * @throws CounterfoilError `invalid_request`
 */
export function readQuery<Schema extends z.ZodObject>(request: Request, schema: Schema): z.infer<Schema> {
  const given = [...new URL(request.url).searchParams];
  const names = new Set(given.map(([name]) => name));
  if (names.size < given.length) throw wrong("A parameter occurs twice in the query: send each once.");
  const parsed = schema.safeParse(Object.fromEntries(given));
  if (parsed.success) return parsed.data;
  const [issue] = parsed.error.issues;
  throw wrong(describe(issue!, Object.keys(schema.shape)));
}

/** As of a body: it quotes nothing that was sent. */
function describe(issue: z.core.$ZodIssue, known: readonly string[]): string {
  if (issue.code === "unrecognized_keys") {
    const takes = known.length === 0 ? "it takes none" : `it takes ${known.join(", ")}`;
    return `The query has a parameter that is not known here: ${takes}.`;
  }
  return `"${issue.path.join(".")}" is not as it should be: ${issue.message.replace(/^Invalid input: /, "")}.`;
}

function wrong(sentence: string): CounterfoilError {
  return new CounterfoilError("invalid_request", sentence);
}

/** For routes that take no parameter. */
export const NoQuery = z.strictObject({});

const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** How many a page has. */
export const pageLimit = wholeNumber(1, MAX_LIMIT).default(DEFAULT_LIMIT);

/** A number of decimal digits alone: not `1e2`, `+1`, `01` or a blank. */
export function wholeNumber(least: number, most: number) {
  const form = `expected a whole number from ${least} to ${most}`;
  return z
    .string(form)
    .regex(/^(?:0|[1-9]\d{0,15})$/, form)
    .transform(Number)
    .refine((value) => value >= least && value <= most, form);
}
