import { readFileSync } from "node:fs";

/** As in the package's manifest, which is beside `src` and beside `dist`. */
export const VERSION: string = (
  JSON.parse(readFileSync(new URL("../package.json", import.meta.url), "utf8")) as { version: string }
).version;
