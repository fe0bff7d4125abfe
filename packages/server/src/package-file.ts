/**
 * A file of this package, by its path from the package's folder: that is above `src`, above `dist`, and above the one
 * file that the installed command is.
 */
export function packageFile(path: string): URL {
  return new URL(path, new URL("../", import.meta.url));
}
