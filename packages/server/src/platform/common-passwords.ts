import { readFileSync } from "node:fs";
import { brotliDecompressSync } from "node:zlib";
import { CounterfoilError } from "@counterfoil/core";
import { packageFile } from "../package-file.ts";

/** All of them, each on a line of its own: as one text they take a tenth of the memory of a set. */
let list: string | null = null;

/**
 * Whether a password, in whatever case, is among those that many have chosen or that were in a breach: 10,000 of 15 and
 * more characters, 10,000 of 8 and more, and others between (see decisions/011-password-policy.md). Some milliseconds
 * the first time, and then a tenth of one.
 *
 * @throws CounterfoilError `unavailable` if the list cannot be read: unchecked is not the same as uncommon
 */
export function isCommonPassword(password: string): boolean {
  list ??= `\n${readList()}\n`;
  const folded = password.normalize("NFKC").toLowerCase();
  return !folded.includes("\n") && list.includes(`\n${folded}\n`);
}

function readList(): string {
  try {
    return brotliDecompressSync(readFileSync(packageFile("data/common-passwords.txt.br"))).toString("utf8");
  } catch (cause) {
    throw new CounterfoilError(
      "unavailable",
      "The list of common passwords, data/common-passwords.txt.br of this package, cannot be read: install it again.",
      { cause },
    );
  }
}
