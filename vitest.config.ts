import { defineConfig } from "vitest/config";

// The workspaces run from their sources; whole-system tests start the command as it is installed.
const conditions = ["@counterfoil/source", "module", "node", "development|production"];
const project = (name: string, include: string[], testTimeout: number, globalSetup: string[] = []) => ({
  ssr: { resolve: { conditions } },
  test: { name, include, testTimeout, hookTimeout: testTimeout, globalSetup },
});

export default defineConfig({
  test: {
    // One less than the cores where it is left out; most of the time is spent waiting for servers, browsers and clocks.
    maxWorkers: 4,
    projects: [
      project("unit", ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts", "docs/**/*.test.ts"], 20_000),
      project("contract", ["packages/stores/test/**/*.test.ts"], 60_000),
      project("e2e", ["e2e/**/*.test.ts", "examples/**/*.test.ts"], 120_000, ["e2e/support/build-command.ts"]),
    ],
  },
});
