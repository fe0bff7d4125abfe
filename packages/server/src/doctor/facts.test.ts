import { chmodSync, chownSync, mkdirSync, mkdtempSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { ConfigurationError, Secret, systemClock, systemRandom } from "@counterfoil/core";
import { afterAll, beforeAll, expect, it } from "vitest";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { serveConfiguration } from "../serve/configuration.ts";
import { examine } from "./doctor.ts";

const SECRET = Secret.generate(nodeCrypto, systemRandom).reveal();

let data: string;
beforeAll(() => {
  data = mkdtempSync(join(tmpdir(), "counterfoil-doctor-"));
});
afterAll(() => rmSync(data, { recursive: true }));

const found = async (environment: Record<string, string>, check: string) =>
  (await examine({ COUNTERFOIL_DATA: data, ...environment }, systemClock)).filter((each) => each.check === check);

/** The sentence with which `serve` does not start. */
function refusal(environment: Record<string, string>): string {
  try {
    serveConfiguration({ COUNTERFOIL_DATA: data, ...environment });
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
  }
  throw new Error("It starts.");
}

it.each([
  ["a proxy that is none", { COUNTERFOIL_TRUST_PROXY: "garbage" }],
  ["plain http beyond this machine", { COUNTERFOIL_HOST: "0.0.0.0" }],
  [
    "the administrators' port beyond this machine",
    { COUNTERFOIL_ADMIN_HOST: "0.0.0.0", COUNTERFOIL_ADMIN_PORT: "4100" },
  ],
  ["a ledger of another kind", { COUNTERFOIL_DATABASE_URL: "postgres://localhost/counterfoil" }],
])("%s is the problem that `serve` does not start with, in its words", async (_, broken) => {
  const environment = { COUNTERFOIL_SECRET: SECRET, ...broken };
  expect(await found(environment, "configuration")).toMatchObject([
    { level: "problem", sentence: refusal(environment) },
  ]);
});

it("a pepper that is the secret is found with the secret that is configured", async () => {
  const [finding] = await found({ COUNTERFOIL_SECRET: SECRET, COUNTERFOIL_PASSWORD_PEPPER: SECRET }, "configuration");
  expect(finding).toMatchObject({ level: "problem", sentence: expect.stringContaining("must be another than") });
});

it.runIf(process.getuid?.() === 0)(
  "root's secret that a platform mounts for all to read is as it should be",
  async () => {
    const mounted = join(data, "mounted");
    mkdirSync(mounted);
    const path = join(mounted, "secret");
    writeFileSync(path, SECRET);
    chmodSync(path, 0o444);
    const folder = join(data, "ledger");
    mkdirSync(folder, { mode: 0o700 });
    chownSync(folder, 1000, 1000);
    const environment = { COUNTERFOIL_SECRET_FILE: path, COUNTERFOIL_DATA: folder };
    expect(await found(environment, "file_modes")).toMatchObject([{ level: "ok" }]);
    expect(await found(environment, "secret")).toMatchObject([{ level: "ok" }]);
    // And one that others can change is none: its own check says so.
    chmodSync(path, 0o666);
    expect(await found(environment, "secret")).toMatchObject([
      { level: "problem", sentence: expect.stringContaining("0666") },
    ]);
  },
);

it("a folder that others can look into, round a ledger, is a warning at the most", async () => {
  const folder = join(data, "project");
  mkdirSync(folder);
  chmodSync(folder, 0o755);
  const environment = { COUNTERFOIL_SECRET: SECRET, COUNTERFOIL_DATABASE_URL: `sqlite:${join(folder, "x.db")}` };
  expect(await found(environment, "file_modes")).toMatchObject([{ level: "warning" }]);
});
