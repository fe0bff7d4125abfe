import { z } from "zod";

const METHODS = ["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"] as const;

/** What no header's name or value may hold: they would end it, and begin another (RFC 9110 §5.5). */
const NAME = /^[!#$%&'*+.^_`|~\dA-Za-z-]{1,64}$/;
// eslint-disable-next-line no-control-regex
const VALUE = /^[\t\u0020-\u007e\u0080-\u00ff]*$/;

const RawHeader = z
  .array(z.string("expected a string"))
  .length(2, "expected [name, value]")
  .refine(([name = "", value = ""]) => NAME.test(name) && VALUE.test(value), "expected [name, value] of a header");

/** As the server takes a path: dots are resolved, and what is escaped means the same. */
function leadsToLab(path: string): boolean {
  const { pathname } = new URL(`http://localhost${path}`);
  const plain = pathname.replaceAll(/%([2-7][\da-f])/gi, (_, hex: string) =>
    String.fromCodePoint(Number.parseInt(hex, 16)),
  );
  return /^\/+lab(?:\/|$)/i.test(plain);
}

/** One request that the Lab is to send. */
export const ExchangeWishSchema = z.strictObject({
  target: z.enum(["server", "api"], 'expected "server" or "api"'),
  method: z.enum(METHODS, `expected ${METHODS.join(", ")}`),
  path: z
    .string("expected a string")
    .max(2048, "expected at most 2048 characters")
    .regex(/^\/[\u0021-\u007e]*$/, "expected a path that begins with a slash")
    // What it sends could name a page that it is not.
    .refine((path) => !leadsToLab(path), "expected a path outside the Lab"),
  headers: z.array(RawHeader).max(64, "expected at most 64 headers").optional(),
  body: z.string("expected a string").optional(),
  lose_answer: z.boolean("expected true or false").optional(),
});

const Headers = z.array(z.array(z.string()));

/** One request and its answer. */
export const ExchangeSchema = z.object({
  request: z.object({ method: z.string(), url: z.string(), headers: Headers, body: z.string() }),
  answer: z.object({ status: z.int(), headers: Headers, body: z.string() }).nullable(),
  duration_ms: z.number(),
});
