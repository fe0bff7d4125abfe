import { chmodSync, chownSync, mkdtempSync, readdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { Secret, systemRandom } from "@counterfoil/core";
import { afterEach, beforeEach, expect, it } from "vitest";
import { nodeCrypto } from "../platform/node-crypto.ts";
import { readSecretFile, writeSecretFile } from "./secret-file.ts";

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), "counterfoil-secret-"));
});
afterEach(() => rmSync(folder, { recursive: true }));

const read = (path: string) => readSecretFile(path, "operator", "COUNTERFOIL_SECRET_FILE");

it.runIf(process.getuid?.() === 0)(
  "root's file that the service's group reads is accepted, and stays so when root rotates",
  () => {
    const path = join(folder, "secret");
    writeFileSync(path, "before");
    chownSync(path, 0, 1234);
    chmodSync(path, 0o640);
    expect(read(path)).toBe("before");
    const secret = Secret.generate(nodeCrypto, systemRandom);
    writeSecretFile(path, [secret]);
    const { uid, gid, mode } = statSync(path);
    expect([uid, gid, mode & 0o777]).toEqual([0, 1234, 0o640]);
    expect(read(path)).toBe(secret.reveal());
    expect(readdirSync(folder)).toEqual(["secret"]);
    chownSync(path, 1234, 1234);
    expect(() => read(path)).toThrow(/chmod 600/);
  },
);
