import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

/**
 * Where a file of this package is, by its path from the package's folder: that is above `src`, above `dist`, and above the
 * one file that the installed command is. Not by `new URL("../", import.meta.url)`, which bundlers take for the import of
 * a file, and stop.
 */
export function packageFile(path: string): string {
  return join(dirname(dirname(fileURLToPath(import.meta.url))), path);
}
