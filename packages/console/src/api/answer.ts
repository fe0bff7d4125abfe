import type { Refused } from "@counterfoil/client";
import type { ErrorCode } from "@counterfoil/protocol";

const TROUBLE = "Nothing is lost: try again in a moment.";

/** Nothing came, or nothing in time. */
export const UNREACHABLE: Refused = {
  ok: false,
  code: "unavailable",
  error: `The server is out of reach. ${TROUBLE}`,
  retryAfterSeconds: null,
};

const OUT_OF_REACH: ReadonlySet<string> = new Set(["unavailable", "overloaded", "internal"]);

/** Whether it was no decision of the server's: the same may succeed a little later. */
export function isOutOfReach({ code }: Pick<Refused, "code">): boolean {
  return OUT_OF_REACH.has(code);
}

/** Why an answer is a refusal; where it is not of the server's own form, it is of something in front of it. */
export async function refusalIn(response: Response): Promise<Refused> {
  const retryAfterSeconds = Number(response.headers.get("retry-after")) || null;
  const { code, error } = membersOf(await response.text());
  if (typeof code === "string" && typeof error === "string" && error !== "") {
    return { ok: false, code: code as ErrorCode, error, retryAfterSeconds };
  }
  const sentence = `Something in front of the server answered in its place (${response.status}). ${TROUBLE}`;
  return { ok: false, code: "unavailable", error: sentence, retryAfterSeconds };
}

function membersOf(text: string): { readonly code?: unknown; readonly error?: unknown } {
  try {
    const value: unknown = JSON.parse(text);
    return typeof value === "object" && value !== null ? value : {};
  } catch {
    return {};
  }
}
