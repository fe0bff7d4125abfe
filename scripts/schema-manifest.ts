// Writes down what the frozen migrations make, so that `counterfoil doctor` can tell where a file is different:
// `npm run manifest`, after a migration was added.
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { migrate } from "../packages/stores/src/sqlite/migrate.ts";
import { shapeOf } from "../packages/stores/src/sqlite/shape.ts";

const FILE = fileURLToPath(new URL("../packages/stores/src/migrations/sqlite-manifest.ts", import.meta.url));

const database = new DatabaseSync(":memory:");
migrate(database, "", 0);
writeFileSync(
  FILE,
  `import type { SchemaShape } from "../sqlite/shape.ts";

/** Made by \`npm run manifest\` from the migrations. */
export const sqliteManifest: SchemaShape = ${JSON.stringify(shapeOf(database), null, 2)};
`,
);
