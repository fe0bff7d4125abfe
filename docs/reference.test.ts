import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { ERRORS } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { dashboard } from "../packages/server/src/demo/dashboard.ts";
import { createProgram } from "../packages/server/src/cli.ts";
import { VARIABLES } from "../packages/server/src/config/variables.ts";
import { credentialsOf, errorsOf } from "../packages/server/src/http/described.ts";
import { ROUTES } from "../packages/server/src/http/routes/table.ts";
import { EVENTS, LOG_LINES, NOTICE_LINES } from "../scripts/reference/inventory.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const page = (name: string) => read(`docs/reference/${name}.md`);

/** What stands below a heading, up to the next of the same level. */
function section(text: string, heading: string): string {
  const after = text.split(`\n## ${heading}\n`)[1];
  expect(after, `the section "${heading}"`).toBeDefined();
  return after!.split("\n## ")[0]!;
}

const routes = [...ROUTES, dashboard].map((route) => ({
  ...route,
  name: `${route.method} ${route.path.replaceAll(/:(\w+)/g, "{$1}")}`,
}));

test("R012 every route has a rule of who may ask, and the rule is explained", () => {
  const text = page("routes");
  const rules = section(text, "Who may ask");
  for (const { name, about } of routes) {
    expect(section(text, `\`${name}\``)).toContain(`Who may ask: \`${about.access}\``);
    expect(rules).toContain(`\`${about.access}\``);
  }
});

test("R012 every member of every body, and every error, stands with its route", () => {
  const text = page("routes");
  for (const route of routes) {
    const of = section(text, `\`${route.name}\``);
    for (const member of Object.keys(route.about.body?.shape ?? {})) expect(of).toContain(`| \`${member}\``);
    for (const { told } of errorsOf(route)) expect(`${of}${text.split("\n## ")[0]}`).toContain(`\`${told}\``);
  }
});

test("R012 the rules of a body and what a browser has to do have a section each", () => {
  expect(section(page("routes"), "What a body may be")).toContain("16 KiB");
  const browsers = section(page("routes"), "What a browser has to do");
  for (const feature of ["HttpOnly", "SameSite", "Sec-Fetch-Site", "CORS", "HSTS"]) expect(browsers).toContain(feature);
});

test("R012 every event and every line of the log is in the inventory", () => {
  const text = page("events");
  for (const type of Object.keys(EVENTS)) expect(text).toContain(`| \`${type}\``);
  const lines = Object.keys(LOG_LINES);
  for (const line of lines) expect(section(text, "The server's log")).toContain(`| \`${line}\``);
  expect(lines).toEqual(expect.arrayContaining(Object.values(NOTICE_LINES)));
  const sources = readdirSync(join(root, "packages/server/src"), { recursive: true, encoding: "utf8" })
    .filter((file) => file.endsWith(".ts") && !file.endsWith(".test.ts"))
    .map((file) => read(`packages/server/src/${file}`));
  const written = sources.flatMap((source) => [
    ...source.matchAll(/\blog\.(?:info|warn|error|debug)\(\s*(?:\{[^}]*(?:\}[^"}]*)?\},\s*)?"([^"]+)"/g),
  ]);
  const said = written.map(([, message]) => message!);
  expect(said).toEqual(expect.arrayContaining(["refused", "fault", "listening"]));
  expect(said.filter((message) => !lines.some((line) => message.startsWith(line)))).toEqual([]);
});

test("R007 the ways to authenticate are all there: each route that takes a credential, or a secret that a user knows", () => {
  const ways = section(page("routes"), "Ways to authenticate");
  for (const route of routes) {
    const takes = credentialsOf(route).some((kind) => kind !== "none") || "password" in (route.about.body?.shape ?? {});
    expect([route.name, ways.includes(`| \`${route.name}\``)]).toEqual([route.name, takes]);
  }
});

test("every setting, every error and every command has its place", () => {
  for (const name of Object.keys(VARIABLES)) section(page("configuration"), `\`${name}\``);
  for (const code of Object.keys(ERRORS)) expect(page("errors")).toContain(`| \`${code}\``);
  for (const command of createProgram().commands) expect(page("commands")).toContain(`\n## \`${command.name()}`);
});

test("what is so where a setting is left out is said last, where the reference finds it", () => {
  const elsewhere = Object.entries(VARIABLES).filter(([, { about }]) => /left out(?!\.$)/.test(about));
  expect(elsewhere).toEqual([]);
});
