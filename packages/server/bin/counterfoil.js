#!/usr/bin/env node
// Plain JavaScript without static imports, so that a Node that is too old can still say so.
const [major, minor] = process.versions.node.split(".").map(Number);
if (major < 22 || (major === 22 && minor < 18)) {
  console.error(
    `Counterfoil needs Node 22.18 or newer; this is Node ${process.versions.node}. Without changing it: npx -p node@24 -p counterfoil counterfoil`,
  );
  process.exit(1);
}

const { existsSync } = await import("node:fs");
const source = new URL("../src/cli.ts", import.meta.url);
// The source is published too; a checkout is known by what is not.
if (existsSync(new URL("../tsconfig.json", import.meta.url))) {
  const { registerHooks } = await import("node:module");
  registerHooks({
    resolve: (specifier, context, next) =>
      // Ours alone have it; and at a `require` of another package Node 22 takes no conditions.
      specifier.startsWith("@counterfoil/")
        ? next(specifier, { ...context, conditions: ["@counterfoil/source", ...context.conditions] })
        : next(specifier, context),
  });
  await (await import(source.href)).main(process.argv);
} else {
  await (await import("../dist/command.js")).main(process.argv);
}
