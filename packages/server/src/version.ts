import { readFileSync } from "node:fs";
import { packageFile } from "./package-file.ts";

/** As in the package's manifest. */
export const VERSION: string = (JSON.parse(readFileSync(packageFile("package.json"), "utf8")) as { version: string })
  .version;
