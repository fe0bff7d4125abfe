// Makes one file of the command line and of what it imports, `packages/server/dist/command.js`, with the licences of
// what it holds beside it. `npm run build` ends with it; why there is such a file: decisions/010-bundled-command.md.
import { existsSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { basename, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

/** Native code, and a logger that finds its workers beside its own files. */
const INSTALLED = ["@node-rs/argon2", "pino"];
const LICENCE = /^(?:licen[cs]e|copying)(?:[.-].*)?$/i;
const NODE_MODULES = `${sep}node_modules${sep}`;

const root = fileURLToPath(new URL("..", import.meta.url));
const dist = join(root, "packages", "server", "dist");
const command = join(dist, "command.js");
const licences = join(dist, "command.LICENSES.txt");

// Where this fails, nothing of an earlier run is left that could be published.
for (const file of [command, licences]) rmSync(file, { force: true });

const bundle = await rolldown({
  // The comments in the bundle name its modules from here.
  cwd: root,
  input: join(dist, "cli.js"),
  platform: "node",
  external: [/^node:/, ...INSTALLED],
  // Unresolved imports and the like are warnings by default, and would fail at a user's start.
  onLog: (level, { message }) => {
    if (level === "warn") throw new Error(message);
  },
});
const { output } = await bundle.generate({
  format: "esm",
  codeSplitting: false,
  // A fault's stack is all that a log has of it: names and lines stay.
  minify: false,
  keepNames: true,
  banner: `// Made by scripts/bundle.ts from the files beside it and from packages whose licences are in ${basename(licences)}.`,
});
await bundle.close();

const [chunk, ...others] = output;
if (others.length > 0) throw new Error(`One file was expected, and there is ${others[0]!.fileName} too.`);
const foreign = chunk.imports.filter((name) => !name.startsWith("node:") && !INSTALLED.includes(name));
if (foreign.length > 0) throw new Error(`The bundle still imports ${foreign.join(", ")}.`);

const packages = new Set(chunk.moduleIds.flatMap((id) => packageOf(id) ?? []));
const texts = [...packages].toSorted().map(licenceOf);
writeFileSync(licences, texts.join(`\n${"-".repeat(80)}\n\n`));
writeFileSync(command, chunk.code);

/** The folder of the installed package that a module is of; null for our own, which are linked. */
function packageOf(id: string): string | null {
  const at = id.lastIndexOf(NODE_MODULES);
  if (at === -1) return null;
  const [scope = "", name = ""] = id.slice(at + NODE_MODULES.length).split(sep);
  return join(id.slice(0, at), "node_modules", scope.startsWith("@") ? join(scope, name) : scope);
}

function licenceOf(folder: string): string {
  const manifest = join(folder, "package.json");
  if (!existsSync(manifest)) throw new Error(`${folder} is bundled, and is no package.`);
  const { name, version } = JSON.parse(readFileSync(manifest, "utf8")) as { name: string; version: string };
  const files = readdirSync(folder).filter((file) => LICENCE.test(file));
  const contents = files.toSorted().map((file) => readFileSync(join(folder, file), "utf8").trim());
  if (contents.length === 0) contents.push(...licenceInReadme(folder));
  if (contents.length === 0) throw new Error(`${name} is bundled, and has no licence that could be shipped with it.`);
  return `${name} ${version}\n\n${contents.join("\n\n")}\n`;
}

/** The last part of some packages' read-me, and in no file of its own. */
function licenceInReadme(folder: string): string[] {
  const path = join(folder, "README.md");
  const text = existsSync(path) ? readFileSync(path, "utf8") : "";
  const [, licence] = /^#+ licen[cs]e\n([^#]*)/im.exec(text) ?? [];
  return licence !== undefined && /copyright/i.test(licence) ? [licence.trim()] : [];
}
