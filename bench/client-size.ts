/**
 * What the browser client adds to a page, beside the clients of its peers: "create the client, sign in, sign out, get
 * the session", bundled by one bundler with the same settings, tree-shaken, minified, compressed. From the root of the
 * repository:
 *
 *     npm ci --prefix bench
 *     npx node --conditions=@counterfoil/source bench/client-size.ts
 *
 * What each entry imports is in `client-entries`. React itself is in nobody's number.
 */
import { fileURLToPath } from "node:url";
import { brotliCompressSync, gzipSync } from "node:zlib";
import { rolldown } from "rolldown";
import { row, verdict } from "./measure.ts";
import { loadPeer } from "./peers.ts";

const GOAL = 4000;
const MOST = 6000;
const MOST_FOR_REACT = 1500;

await loadPeer("@supabase/auth-js");
row("", "gzipped", "brotli", "minified");
const ours = await weigh("counterfoil", "@counterfoil/client");
const withReact = await weigh("counterfoil-react", "  with /react");
await weigh("better-auth", "better-auth/client");
await weigh("better-auth-react", "  better-auth/react instead");
await weigh("supertokens", "supertokens-web-js");
await weigh("supertokens-session", "  the Session recipe alone");
await weigh("supabase", "@supabase/auth-js");
verdict(`the browser entry is under ${MOST} bytes (${ours})`, ours < MOST);
console.log(`         and ${ours < GOAL ? "under" : "over"} the goal of ${GOAL}`);
verdict(`React takes less than ${MOST_FOR_REACT} more (${withReact - ours})`, withReact - ours < MOST_FOR_REACT);

/** @returns bytes, as a browser gets them from most servers */
async function weigh(entry: string, name: string): Promise<number> {
  const build = await rolldown({
    input: fileURLToPath(new URL(`client-entries/${entry}.js`, import.meta.url)),
    platform: "browser",
    external: /^react(?:-dom)?(?:\/|$)/,
    resolve: { conditionNames: ["@counterfoil/source", "browser", "import", "default"] },
    transform: { define: { "process.env.NODE_ENV": '"production"' } },
    onLog: (level, { message, code }) => {
      // "use client" is for a framework to read.
      if (level === "warn" && code !== "MODULE_LEVEL_DIRECTIVE") throw new Error(message);
    },
  });
  const { output } = await build.generate({ format: "esm", minify: true, codeSplitting: false });
  await build.close();
  const code = output.map((each) => (each.type === "chunk" ? each.code : "")).join("");
  const gzipped = gzipSync(code).length;
  row(name, ...[gzipped, brotliCompressSync(code).length, Buffer.byteLength(code)].map(String));
  return gzipped;
}
