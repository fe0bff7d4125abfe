// Signs in, then looks for the passwords in a snapshot of its own heap: a program of its own, since a test's runner keeps
// whatever it has seen.
import { createReadStream } from "node:fs";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { setTimeout as sleep } from "node:timers/promises";
import { writeHeapSnapshot } from "node:v8";
import { canonicalUsername, newSubject, systemRandom } from "@counterfoil/core";
import type { Password } from "@counterfoil/core";
import { composeCounterfoil } from "../../packages/server/src/compose.ts";
import { ROUTES } from "../../packages/server/src/http/routes/table.ts";
import { newSecret } from "../../packages/server/test/options.ts";

const [directory = "."] = process.argv.slice(2);
/** Put together at run time, so that neither half is the whole in this file's own text. */
const sentinel = (name: string) => `${"zq".repeat(4)}-${name}-${"xv".repeat(6)}`;
/** Through JSON, as what a server is sent: a text that was put together is kept in its pieces. */
const kept = JSON.parse(JSON.stringify([sentinel("kept")])) as string[];

const ISSUER = "http://localhost:4000";
const cf = composeCounterfoil(
  { issuer: ISSUER, ledger: "memory:", secret: newSecret(), onNotice: () => undefined },
  ROUTES,
  async ({ ledger, passwordHash }) => {
    await ledger.createUser({
      subject: newSubject(systemRandom),
      username: "kavya",
      canonicalUsername: canonicalUsername("kavya"),
      passwordHash: await passwordHash.hash(sentinel("right") as Password),
      roles: [],
      context: null,
    });
  },
);

const login = async (username: string, password: string) => {
  const body = JSON.stringify({ username, password });
  const headers = { "Content-Type": "application/json" };
  const answer = await cf.fetch(new Request(`${ISSUER}/login`, { method: "POST", headers, body }));
  await answer.arrayBuffer();
  return answer.status;
};

const statuses = [
  await login("kavya", sentinel("right")),
  await login("kavya", sentinel("wrong")),
  await login("nobody", sentinel("unknown")),
];
await sleep(300);
const collect = (globalThis as { gc?: () => void }).gc!;
for (let round = 0; round < 3; round++) {
  collect();
  await sleep(20);
}
const snapshot = writeHeapSnapshot(join(directory, "heap.heapsnapshot"));
const marks = ["right", "wrong", "unknown"].map((name) => `-${name}-${"xv".repeat(6)}`);
const found = { kept: false, passwords: 0 };
for await (const line of createInterface({ input: createReadStream(snapshot) })) {
  if (line.includes(`-kept-${"xv".repeat(6)}`)) found.kept = true;
  if (marks.some((mark) => line.includes(mark))) found.passwords++;
}
console.log(JSON.stringify({ statuses, ...found }));
if (kept[0] === undefined) throw new Error("it is kept to be found");
await cf[Symbol.asyncDispose]();
