/**
 * Whether the time of an answer tells who is a user here: sign-in with a wrong password, registration, and the request
 * for a one-time code, for names that there are and names that there are not, in turn, over a real socket. 0.5 is a coin.
 * From the root of the repository:
 *
 *     npx node --conditions=@counterfoil/source bench/enumeration.ts
 */
import { Agent, request } from "node:http";
import { join } from "node:path";
import { setTimeout as sleep } from "node:timers/promises";
import { median, row, verdict } from "./measure.ts";
import { freePort, temporaryDirectory } from "./place.ts";
import { startProcess } from "./process.ts";

/** Of each route. With 200 of them chance alone leaves 0.45 to 0.55 once in eleven times. */
const PAIRS = 250;
const WARM_UP = 20;
const [LEAST, MOST] = [0.45, 0.55];

await using directory = await temporaryDirectory();
const port = await freePort();
const users = PAIRS + WARM_UP;
await using server = await startProcess("accounts", {
  ledger: `sqlite:${join(directory.path, "counterfoil.db")}`,
  port,
  users,
});
const agent = new Agent({ keepAlive: true, maxSockets: 1 });
let asked = 0;

row("", "known, median", "unknown, median", "told apart");
for (const [path, status, body] of [
  ["/login", 401, (username: string) => ({ username, password: "another password of nobody's" })],
  ["/register", 201, (username: string) => ({ username, password: "lantern otter gravel mitten" })],
  ["/password/reset", 202, (username: string) => ({ username })],
] as const) {
  const known: number[] = [];
  const unknown: number[] = [];
  for (let pair = 0; pair < PAIRS + WARM_UP; pair++) {
    const ask = async (kind: "known" | "other", times: number[]) => {
      const time = await post(
        path,
        body(`${kind}-${path === "/register" && kind === "other" ? `new-${pair}` : pair}`),
        status,
      );
      // What a reset does is done a twentieth of a second behind its answer: not during the next one.
      if (path === "/password/reset") await sleep(70);
      if (pair >= WARM_UP) times.push(time);
    };
    // Which comes first changes from pair to pair.
    if (pair % 2 === 0) await ask("known", known);
    await ask("other", unknown);
    if (pair % 2 === 1) await ask("known", known);
  }
  const told = separation(known, unknown);
  row(`${path}, ${PAIRS} pairs`, `${median(known).toFixed(2)} ms`, `${median(unknown).toFixed(2)} ms`, told.toFixed(3));
  verdict(`${path}: ${told.toFixed(3)} (target ${LEAST} to ${MOST})`, told >= LEAST && told <= MOST);
}
agent.destroy();
console.log(`  (the server listened on port ${server.ready["port"]})`);

/** How often a known name takes longer than an unknown one (the area under the ROC curve). */
function separation(known: readonly number[], unknown: readonly number[]): number {
  let longer = 0;
  for (const one of known) for (const other of unknown) longer += one > other ? 1 : one === other ? 0.5 : 0;
  return longer / (known.length * unknown.length);
}

function post(path: string, value: object, expected: number): Promise<number> {
  const text = JSON.stringify(value);
  const address = asked++;
  const headers = {
    "Content-Type": "application/json",
    "Content-Length": Buffer.byteLength(text),
    // An address each: the limits are another bench's matter.
    "X-Forwarded-For": `10.${address >> 16}.${(address >> 8) & 255}.${address & 255}`,
  };
  return new Promise((resolve, reject) => {
    const start = performance.now();
    const sent = request({ host: "127.0.0.1", port, path, method: "POST", headers, agent }, (response) => {
      response.resume().once("end", () => {
        const time = performance.now() - start;
        if (response.statusCode === expected) resolve(time);
        else reject(new Error(`${path} answered ${response.statusCode}`));
      });
    });
    sent.once("error", reject);
    sent.end(text);
  });
}
