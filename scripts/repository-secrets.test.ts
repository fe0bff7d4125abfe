import { execFileSync } from "node:child_process";
import { createHash } from "node:crypto";
import { readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { expect, test } from "vitest";

const ROOT = fileURLToPath(new URL("..", import.meta.url));

/** Everything that is in the repository, or would be with the next commit. */
const FILES = execFileSync("git", ["ls-files", "--cached", "--others", "--exclude-standard", "-z"], { cwd: ROOT })
  .toString()
  .split("\0")
  .filter((path) => path !== "");

/** Names of files that hold secrets where people keep such. */
const NAMES = /(?:^|\/)(?:\.env(?:\..+)?|secret|id_(?:rsa|ed25519|ecdsa)|.+\.(?:pem|key|p12|pfx|db|sqlite))$/;

/** A secret of ours by its checksum, so that what only looks like one (a test's `cfk_…`) is none. */
function isSecret(text: string): boolean {
  const bytes = Buffer.from(text.slice("cfk_".length), "base64url");
  const checksum = createHash("sha256").update(bytes.subarray(0, 32)).digest().subarray(0, 4);
  return bytes.length === 36 && bytes.subarray(32).equals(checksum);
}

function secretsIn(text: string): readonly string[] {
  const ours = [...text.matchAll(/cfk_[\w-]{48}/g)].map(([match]) => match).filter(isSecret);
  const keys = text.match(/-----BEGIN (?:[A-Z]+ )*PRIVATE KEY-----\s+[A-Za-z0-9+/=]{40}/g) ?? [];
  const credentials = text.match(/\b(?:ghp_\w{36}|github_pat_\w{22,}|npm_\w{36}|AKIA[0-9A-Z]{16})\b/g) ?? [];
  return [...ours, ...keys, ...credentials];
}

test("R138 no file of the repository holds a secret of ours, a private key or somebody's credential", () => {
  expect(FILES.length).toBeGreaterThan(300);
  expect(FILES.filter((path) => NAMES.test(path))).toEqual([]);
  const found = FILES.filter((path) => secretsIn(readFileSync(`${ROOT}${path}`, "latin1")).length > 0);
  expect(found).toEqual([]);
});

test("R138 the scan knows a secret when it sees one", () => {
  const bytes = Buffer.from("it is random, as far as tests go");
  const checksum = createHash("sha256").update(bytes).digest().subarray(0, 4);
  const secret = `cfk_${Buffer.concat([bytes, checksum]).toString("base64url")}`;
  expect(secretsIn(`SECRET=${secret}\n`)).toEqual([secret]);
  expect(secretsIn(`SECRET=${secret.slice(0, -1)}${secret.endsWith("A") ? "B" : "A"}\n`)).toEqual([]);
  expect(secretsIn(`${"-".repeat(5)}BEGIN PRIVATE KEY-----\n${"A".repeat(64)}`)).toHaveLength(1);
});
