// Says of each security requirement whether a test covers it: `npm run coverage:requirements`.
// requirements.json gives every row a state; a row that claims to be covered must occur in the title of a test that runs.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { testTitles } from "./test-titles.ts";

type State =
  | { readonly about: string; readonly state: "covered" }
  | { readonly about: string; readonly state: "later"; readonly milestone: number; readonly reason?: string }
  | { readonly about: string; readonly state: "not applicable"; readonly reason: string };

const FIRST = 1;
const LAST = 170;
const root = fileURLToPath(new URL("..", import.meta.url));
const rows = JSON.parse(readFileSync(join(root, "requirements.json"), "utf8")) as Readonly<Record<string, State>>;
const titles = collectTitles();
const faults: string[] = [];
const count = { covered: 0, later: 0, "not applicable": 0 };

for (let number = FIRST; number <= LAST; number++) {
  const id = `R${String(number).padStart(3, "0")}`;
  const row = rows[id];
  const fault = row === undefined ? "has no state" : faultOf(id, row);
  if (fault !== null) faults.push(`${id} ${fault}`);
  if (row !== undefined) count[row.state]++;
}
for (const id of [...Object.keys(rows), ...titles.keys()]) {
  const number = Number(id.slice(1));
  if (!(number >= FIRST && number <= LAST)) faults.push(`${id} is no requirement`);
}

if (process.argv.includes("--list")) {
  for (const [id, row] of Object.entries(rows)) {
    const state = row.state === "later" ? `later (${row.milestone})` : row.state;
    console.log(`${id}  ${state}  ${row.about}`);
    for (const title of titles.get(id) ?? []) console.log(`        ${title}`);
  }
}
console.log(
  `Security requirements: ${count.covered} covered, ${count.later} later, ${count["not applicable"]} not applicable.`,
);
if (faults.length > 0) {
  console.error(faults.join("\n"));
  process.exitCode = 1;
}

function faultOf(id: string, row: State): string | null {
  switch (row.state) {
    case "covered":
      return titles.has(id) ? null : "is said to be covered, and the title of no test that runs names it";
    case "later":
      return Number.isInteger(row.milestone) && row.milestone >= 2 ? null : "is for later, and names no milestone";
    case "not applicable":
      return row.reason ? null : "is said not to apply, without a reason";
    default:
      return "has a state that is none: covered, later or not applicable";
  }
}

/** The ids in the titles of the tests that run. */
function collectTitles(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const folder of ["packages", "e2e", "examples", "docs", "scripts"]) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || /node_modules|[\\/]dist[\\/]/.test(file)) continue;
      if (!file.endsWith(".test.ts") && !/(^|[\\/])test[\\/]/.test(file)) continue;
      const text = readFileSync(join(root, folder, file), "utf8");
      for (const title of testTitles(file, text)) {
        for (const [id] of title.matchAll(/\bR\d{3}\b/g)) {
          found.set(id, [...(found.get(id) ?? []), `${folder}/${file}: ${title}`]);
        }
      }
    }
  }
  return found;
}
