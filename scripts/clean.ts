// Deletes what was built: a file whose source is gone would otherwise be published. `npm run pack` starts with it.
import { readdirSync, rmSync } from "node:fs";

const packages = new URL("../packages/", import.meta.url);

for (const name of readdirSync(packages)) {
  rmSync(new URL(`${name}/dist`, packages), { recursive: true, force: true });
}
