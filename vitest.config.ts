import { defineConfig } from "vitest/config";

// The workspaces run from their sources; whole-system tests start the command as it is installed.
const conditions = ["@counterfoil/source", "module", "node", "development|production"];
const project = (name: string, include: string[], testTimeout: number, more: object = {}) => ({
  ssr: { resolve: { conditions } },
  // On a busy machine what is waited for comes late: the second that is the default says more of the machine than of us.
  test: { name, include, testTimeout, hookTimeout: testTimeout, expect: { poll: { timeout: 10_000 } }, ...more },
});
// Files share a worker: to load the same modules for each anew takes longer than most of what is in them.
const shared = { isolate: false };
const WEB_RUNTIME = "packages/verifier/src/web-runtime.test.ts";
const withCommand = { ...shared, globalSetup: ["e2e/support/build-command.ts"] };
const withDatabase = { ...shared, globalSetup: ["packages/stores/test/global-database.ts"] };

export default defineConfig({
  test: {
    // One less than the cores where it is left out; most of the time is spent waiting for servers, browsers and clocks.
    maxWorkers: 4,
    projects: [
      project("unit", ["packages/*/src/**/*.test.ts", "scripts/**/*.test.ts", "docs/**/*.test.ts"], 20_000, {
        ...shared,
        exclude: [WEB_RUNTIME],
      }),
      // By itself: what it puts in another's place would stay there for the next file, and what is loaded be left out.
      project("web-runtime", [WEB_RUNTIME], 20_000),
      project("contract", ["packages/stores/test/*.test.ts"], 60_000, withDatabase),
      // The same suite on the oldest PostgreSQL; by a command of its own, as it takes as long again.
      project("postgres-15", ["packages/stores/test/older/*.test.ts"], 60_000, withDatabase),
      project("e2e", ["e2e/**/*.test.ts", "examples/**/*.test.ts"], 120_000, withCommand),
    ],
  },
});
