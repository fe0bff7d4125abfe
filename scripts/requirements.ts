// Says of each security requirement whether a test covers it: `npm run coverage:requirements`.
// requirements.json gives every row a state; a row that claims to be covered must occur in a test's title.
import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";

type State =
  | { readonly about: string; readonly state: "covered" }
  | { readonly about: string; readonly state: "later"; readonly milestone: number; readonly reason?: string }
  | { readonly about: string; readonly state: "not applicable"; readonly reason: string };

const FIRST = 1;
const LAST = 170;
const root = new URL("..", import.meta.url).pathname;
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
      return titles.has(id) ? null : "is said to be covered, and no test's title names it";
    case "later":
      return Number.isInteger(row.milestone) && row.milestone >= 2 ? null : "is for later, and names no milestone";
    case "not applicable":
      return row.reason ? null : "is said not to apply, without a reason";
    default:
      return "has a state that is none: covered, later or not applicable";
  }
}

/** The ids in the titles of `test`, `it` and `describe`, and in those of tables (`test.each`). */
function collectTitles(): Map<string, string[]> {
  const found = new Map<string, string[]>();
  for (const folder of ["packages", "e2e", "examples", "docs", "scripts"]) {
    for (const file of readdirSync(join(root, folder), { recursive: true, encoding: "utf8" })) {
      if (!file.endsWith(".ts") || /node_modules|[\\/]dist[\\/]/.test(file)) continue;
      if (!file.endsWith(".test.ts") && !/(^|[\\/])test[\\/]/.test(file)) continue;
      const text = readFileSync(join(root, folder, file), "utf8");
      for (const [, title] of text.matchAll(/["'`]([^"'`\n]*\bR\d{3}\b[^"'`\n]*)["'`]/g)) {
        for (const [id] of title!.matchAll(/\bR\d{3}\b/g)) {
          found.set(id, [...(found.get(id) ?? []), `${folder}/${file}: ${title}`]);
        }
      }
    }
  }
  return found;
}
