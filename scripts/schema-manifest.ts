// Writes down what the frozen migrations make, so that `counterfoil doctor` can tell where a ledger is different:
// `npm run manifest`, after a migration was added.
import { writeFileSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { fileURLToPath } from "node:url";
import { LedgerDatabase } from "@counterfoil/stores/postgres-database";
import { readAddress } from "../packages/stores/src/postgres/address.ts";
import { withConnection } from "../packages/stores/src/postgres/migrate.ts";
import { readShape } from "../packages/stores/src/postgres/shape.ts";
import { migrate } from "../packages/stores/src/sqlite/migrate.ts";
import { shapeOf } from "../packages/stores/src/sqlite/shape.ts";
import { Database, NOT_DURABLE } from "../packages/stores/test/database.ts";

function write(name: "sqlite" | "postgres", type: "SchemaShape" | "DatabaseShape", shape: object): void {
  writeFileSync(
    fileURLToPath(new URL(`../packages/stores/src/migrations/${name}-manifest.ts`, import.meta.url)),
    `import type { ${type} } from "../${name}/shape.ts";

/** Made by \`npm run manifest\` from the migrations. */
export const ${name}Manifest: ${type} = ${JSON.stringify(shape, null, 2)};
`,
  );
}

const file = new DatabaseSync(":memory:");
migrate(file, "", 0);
write("sqlite", "SchemaShape", shapeOf(file));

await using database = await Database.start("18", NOT_DURABLE);
const url = database.url();
await new LedgerDatabase({ url }).migrate();
write("postgres", "DatabaseShape", await withConnection(readAddress(url), "manifest", readShape));
