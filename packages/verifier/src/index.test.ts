import { readFileSync } from "node:fs";
import { describe, expect, test } from "vitest";

const IMPORT =
  /(?:^|\n)\s*(?:import|export)\b[^;]*?\bfrom\s*"([^"]+)"|\bimport\(\s*"([^"]+)"|(?:^|\n)import\s*"([^"]+)"/g;
const PROTOCOL = new URL("../../protocol/src/index.ts", import.meta.url);

/** Every module that `entry` reaches through the workspace's sources, and every name that leads out of them. */
function walk(entry: URL, files = new Map<string, string>(), outside = new Set<string>()) {
  if (files.has(entry.pathname)) return { files, outside };
  const source = readFileSync(entry, "utf8");
  files.set(entry.pathname, source);
  for (const [, from, dynamic, bare] of source.matchAll(IMPORT)) {
    const name = (from ?? dynamic ?? bare)!;
    if (name.startsWith(".")) walk(new URL(name, entry), files, outside);
    else if (name === "@counterfoil/protocol") walk(PROTOCOL, files, outside);
    else outside.add(name);
  }
  return { files, outside };
}

describe("the entries", () => {
  const web = walk(new URL("./index.ts", import.meta.url));

  test("the main one reaches nothing of Node, and nothing but the protocol", () => {
    expect(web.files.size).toBeGreaterThan(15);
    expect([...web.outside]).toEqual([]);
  });

  test("the main one names no global that only Node has, and no clock or randomness but in their own files", () => {
    for (const [path, source] of web.files) {
      if (/\/verifier\/src\/(?:clock|random)\.ts$/.test(path)) continue;
      const code = source.replaceAll(/\/\*[\s\S]*?\*\/|\/\/.*/g, "");
      const globals =
        /\b(?:Buffer|process|require|global|setImmediate|__dirname|Date\.|performance|Math\.random)\b/.exec(code);
      expect({ path, globals }).toEqual({ path, globals: null });
    }
  });

  test("the one for Node needs node:crypto alone, and the walk does see it", () => {
    const node = walk(new URL("./node.ts", import.meta.url));
    expect([...node.outside].toSorted()).toEqual(["node:buffer", "node:crypto"]);
  });

  test("those for frameworks reach nothing at run time, and of two frameworks the types", () => {
    const outsideOf = (name: string) => {
      const { files, outside } = walk(new URL(`./${name}.ts`, import.meta.url));
      const loaded = [...outside].filter((module) =>
        [...files.values()].some((source) =>
          new RegExp(String.raw`^(?:import|export) (?!type )[^;]*"${module}"`, "m").test(source),
        ),
      );
      return { named: [...outside], loaded };
    };
    expect(outsideOf("express")).toEqual({ named: [], loaded: [] });
    expect(outsideOf("fastify")).toEqual({ named: ["fastify"], loaded: [] });
    expect(outsideOf("hono")).toEqual({ named: ["hono"], loaded: [] });
    expect(outsideOf("next")).toEqual({ named: [], loaded: [] });
  });

  test("the package depends on nothing else at run time", () => {
    const manifest = JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as Record<
      string,
      object
    >;
    expect(Object.keys(manifest["dependencies"]!)).toEqual(["@counterfoil/protocol"]);
    for (const kind of ["peerDependencies", "optionalDependencies"]) expect(manifest[kind]).toBeUndefined();
  });
});
