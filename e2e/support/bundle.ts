import { fileURLToPath } from "node:url";
import { rolldown } from "rolldown";

const made = new Map<string, Promise<string>>();

/** The client library, as pages load it. */
export const CLIENT_ENTRY = new URL("../../packages/client/src/index.ts", import.meta.url);

/** One module for a browser, made from sources, in memory; once in a process. */
export function bundleForBrowser(entry: URL): Promise<string> {
  const bundle = made.get(entry.href) ?? makeBundle(fileURLToPath(entry));
  made.set(entry.href, bundle);
  return bundle;
}

async function makeBundle(input: string): Promise<string> {
  await using build = await rolldown({
    input,
    platform: "browser",
    resolve: { conditionNames: ["@counterfoil/source", "browser", "import", "default"] },
    // "use client" says nothing to a page that has no server components.
    checks: { moduleLevelDirective: false },
    // Else React's development build, and its warnings.
    transform: { define: { "process.env.NODE_ENV": JSON.stringify("production") } },
  });
  const { output } = await build.generate({ format: "esm", codeSplitting: false });
  return output[0].code;
}
