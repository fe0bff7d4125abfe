import { execFile } from "node:child_process";
import { readFileSync } from "node:fs";
import { mkdtemp, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";

const root = fileURLToPath(new URL("..", import.meta.url));

/** What the pages say that the reader has. */
const READERS = `
declare function findUser(username: string, password: string): Promise<import("counterfoil").ExternalUser | null>;
declare const verifier: import("@counterfoil/verifier").AccessTokenVerifier;
`;

/** A reader's own settings, but for the condition: here the packages are read from their sources. */
const compilerOptions = {
  target: "es2023",
  lib: ["es2023", "esnext.disposable", "dom", "dom.iterable"],
  module: "nodenext",
  strict: true,
  noEmit: true,
  skipLibCheck: true,
  types: ["node"],
  customConditions: ["@counterfoil/source"],
  allowImportingTsExtensions: true,
};

const pages = [
  "README.md",
  "packages/server/README.md",
  "packages/verifier/README.md",
  "packages/client/README.md",
  "docs/services.md",
  "docs/bearer.md",
  "docs/browser.md",
];

test(`each program in ${pages.join(", ")} type-checks`, { timeout: 120_000 }, async () => {
  const programs = pages.flatMap((page) => {
    const blocks = [...readFileSync(join(root, page), "utf8").matchAll(/^```ts\n([\s\S]*?)^```$/gm)];
    expect(blocks).not.toEqual([]);
    return blocks.map(([, block], index) => ({ name: `${page.replaceAll(/\W/g, "-")}-${index}.ts`, text: block! }));
  });
  // In node_modules: the names of packages lead from here to where they lead a reader, and no other check looks here.
  const directory = await mkdtemp(join(root, "node_modules", ".counterfoil-docs-"));
  try {
    const files = [...programs.map(({ name }) => name), "readers.d.ts"];
    await writeFile(join(directory, "readers.d.ts"), READERS);
    await writeFile(join(directory, "package.json"), JSON.stringify({ type: "module" }));
    await writeFile(join(directory, "tsconfig.json"), JSON.stringify({ compilerOptions, files }));
    for (const { name, text } of programs) await writeFile(join(directory, name), text);
    const tsc = join(root, "node_modules", "typescript", "bin", "tsc");
    const options = { cwd: directory };
    const { stdout } = await promisify(execFile)(process.execPath, [tsc, "--noEmit"], options).catch(
      (error: { readonly stdout: string }) => error,
    );
    expect(stdout).toBe("");
  } finally {
    await rm(directory, { recursive: true, force: true });
  }
});
