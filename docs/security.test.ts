import { readdirSync, readFileSync } from "node:fs";
import { join, relative } from "node:path";
import { fileURLToPath } from "node:url";
import { describe, expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = read("docs/security.md");

/** The cells of the table below a heading. */
function table(heading: string): readonly (readonly string[])[] {
  const section = page.split(/^## /m).find((each) => each.startsWith(`${heading}\n`)) ?? "";
  const lines = section.split("\n").filter((line) => line.startsWith("|"));
  const cells = (line: string) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.trim());
  return lines.slice(2).map(cells);
}

const filesIn = (cell: string) => [...cell.matchAll(/`(packages\/[^`]+\.ts)`/g)].map(([, file]) => file!);

/** Every source that runs, without its tests. */
const sources = readdirSync(join(root, "packages"), { recursive: true, withFileTypes: true })
  .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.name.endsWith(".test.ts"))
  .map((entry) => relative(root, join(entry.parentPath, entry.name)))
  .filter((path) => /^packages\/[^/]+\/src\//.test(path));

describe("the inventory of cryptography", () => {
  const rows = table("Cryptography");

  test("R008 R135 names every file that calls any, and none that calls none", () => {
    const calls = /from "(?:node:crypto|@node-rs\/argon2|jose)"|globalThis\.crypto\b|crypto\.subtle/;
    const calling = sources.filter((path) => calls.test(read(path)));
    // Its inlined conversion of a form calls nothing.
    expect([...new Set(rows.flatMap((row) => filesIn(row.at(-1)!)))].toSorted()).toEqual(calling.toSorted());
  });

  test("R008 R135 names every algorithm that the sources call for, and the sources call for no other", () => {
    const named = rows.map((row) => row[1]).join("\n");
    const text = sources.map(read).join("\n");
    const known: Readonly<Record<string, string>> = {
      "aes-256-gcm": "AES-256-GCM",
      "P-256": "P-256",
      ed25519: "Ed25519",
      sha256: "SHA-256",
      rsa: "RSASSA-PKCS1-v1_5",
    };
    const asked = [
      ...text.matchAll(/create(?:Hash|Hmac|Cipheriv|Decipheriv)\("([^"]+)"/g),
      ...text.matchAll(/namedCurve: "([^"]+)"/g),
      ...text.matchAll(/generateKeyPairSync\("([^"]+)"/g),
      ...text.matchAll(/hkdfSync\("([^"]+)"/g),
    ].map(([, name]) => name!);
    const called = [...new Set(asked.filter((each) => each !== "ec"))];
    expect(called.filter((name) => !named.includes(known[name] ?? name))).toEqual([]);
    expect(text).toMatch(/modulusLength: 3072/);
    expect(read("packages/server/src/platform/argon2.ts")).toMatch(/memoryCost: 19_456, timeCost: 2, parallelism: 1/);
  });

  test("R008 every algorithm that can be configured has its row", () => {
    const claims = read("packages/protocol/src/claim/claims.ts");
    const [, list] = /SIGNING_ALGORITHMS = \[([^\]]+)\]/.exec(claims)!;
    const algorithms = [...list!.matchAll(/"([^"]+)"/g)].map(([, name]) => name);
    expect(algorithms.filter((name) => !rows.some(([use]) => use!.includes(`\`${name}\``)))).toEqual([]);
  });
});

/** A number as a source spells it: 10_000, or 1000 as well as 1_000. */
function spelled(digits: string): string {
  return digits.replace(/(?=(?:\d{3})+$)(?!^)/g, "_?");
}

describe("what the server waits for", () => {
  const rows = table("What it waits for");

  test.each(rows)("R009 the server waits for %s at most %s, as the source has it", (_, most, _then, where) => {
    const text = read(filesIn(where)[0]!);
    const [, name, value] = /`([A-Z_]+)` (\d+)/.exec(most) ?? [];
    // Without a name it is a count: of the queue, or of the application's checks.
    const pattern = name === undefined ? /\b64\b/ : new RegExp(String.raw`\b${name} = ${spelled(value!)}\b`);
    expect(text).toMatch(pattern);
  });

  test("R009 nothing in the server opens a connection outward", () => {
    const outward = /\bfetch\((?!request|this)|from "node:(?:https|dns|net\/connect)"|\bconnect\(\{|http\.request/;
    // The demonstration asks itself; verifiers and clients ask their server, from other processes than its own.
    const elsewhere =
      /^packages\/(?:server\/src\/(?:demo\/|cli\/demo-feed\.ts$)|verifier\/src\/(?:fetch\/fetch|cookie\/introspection)\.ts$|(?:client|console)\/src\/)/;
    const inPackages = sources.filter((path) => !elsewhere.test(path));
    const calling = inPackages.filter((path) => outward.test(read(path).replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "")));
    expect(calling).toEqual([]);
  });
});

test("R011 each dear function has a test that drives it to its limit", () => {
  const titles = ["packages", "e2e", "docs", "scripts"]
    .flatMap((folder) => readdirSync(join(root, folder), { recursive: true, withFileTypes: true }))
    .filter((entry) => entry.isFile() && entry.name.endsWith(".ts") && !entry.parentPath.includes("node_modules"))
    .filter((entry) => entry.name.endsWith(".test.ts") || entry.parentPath.includes("/test"))
    .map((entry) => readFileSync(join(entry.parentPath, entry.name), "utf8"))
    .join("\n");
  const rows = table("What is dear");
  expect(rows.length).toBeGreaterThan(5);
  for (const [work, , tests] of rows) {
    const ids = [...tests!.matchAll(/R\d{3}/g)].map(([id]) => id);
    expect([work, ids.filter((id) => titles.includes(id))]).toEqual([work, ids]);
    expect([work, ids.length]).not.toEqual([work, 0]);
  }
});

describe("dependencies", () => {
  const lock = JSON.parse(read("package-lock.json")) as {
    readonly packages: Readonly<
      Record<string, { integrity?: string; link?: boolean; hasInstallScript?: boolean; dev?: boolean }>
    >;
  };
  const installed = Object.entries(lock.packages).filter(
    ([path, { link }]) => path.startsWith("node_modules/") && link !== true,
  );

  test("R158 every package that is installed has its integrity in the lock", () => {
    expect(installed.filter(([, { integrity }]) => !integrity?.startsWith("sha512-")).map(([path]) => path)).toEqual(
      [],
    );
  });

  test("R158 no run-time dependency runs a script when it is installed", () => {
    const scripted = installed.filter(([, { hasInstallScript, dev }]) => hasInstallScript === true && dev !== true);
    expect(scripted.map(([path]) => path)).toEqual([]);
  });

  test("R158 every run-time dependency has an exact version, and its line in ARCHITECTURE.md", () => {
    const architecture = read("ARCHITECTURE.md");
    for (const name of readdirSync(join(root, "packages"))) {
      const { dependencies = {} } = JSON.parse(read(`packages/${name}/package.json`)) as {
        readonly dependencies?: Readonly<Record<string, string>>;
      };
      for (const [dependency, version] of Object.entries(dependencies)) {
        expect(`${dependency} ${version}`).toMatch(/ \d+\.\d+\.\d+(?:-[\w.]+)?$/);
        if (dependency.startsWith("@counterfoil/")) continue;
        expect(architecture).toContain(`| \`${dependency}\``);
      }
    }
  });
});
