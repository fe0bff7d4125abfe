/**
 * A program with a bearer client, in a process of its own. It takes one command a line and answers each with one line of
 * JSON. Its time runs sixty times as fast, so that what is given up after 15 seconds is given up at once.
 */
import { createInterface } from "node:readline";
import { createBearerClient } from "@counterfoil/client/bearer";
import type { TokenStorage } from "@counterfoil/client/bearer";
import { fileStorage } from "@counterfoil/client/node";
import { FAST_CLOCK } from "./fast-clock.ts";

const [url = "", path = "", mode = ""] = process.argv.slice(2);

/** Is killed in the moment in which an answer is there and its successor is not stored. */
function killedBeforeSuccessor(storage: TokenStorage): TokenStorage {
  return {
    ...storage,
    replace: async (before, text) => {
      if (tokenIn(before) !== null && tokenIn(before) !== tokenIn(text)) process.kill(process.pid, "SIGKILL");
      return storage.replace(before, text);
    },
  };
}

function tokenIn(text: string | null): unknown {
  const { session } = JSON.parse(text ?? "{}") as { readonly session?: { readonly refresh_token: unknown } | null };
  return session?.refresh_token ?? null;
}

const stored = fileStorage(path);
const client = createBearerClient({
  url,
  storage: mode === "killed" ? killedBeforeSuccessor(stored) : stored,
  retryForSeconds: 900,
  clock: FAST_CLOCK,
});

let refused = "";

/** As many callers at once as it says, each of which was refused with the token that there is. */
async function renew(callers: number): Promise<object> {
  const tokens = await Promise.all(Array.from({ length: callers }, () => client.accessToken({ refused })));
  refused = tokens[0] ?? "";
  return { distinct: new Set(tokens).size, signedIn: refused !== "" };
}

for await (const line of createInterface({ input: process.stdin })) {
  let answer: object;
  try {
    await client.ready;
    answer = await renew(Number(line));
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(`${JSON.stringify({ ...answer, state: client.session.current.status })}\n`);
}
