import { execFileSync, spawnSync } from "node:child_process";
import { mkdirSync, rmSync, statSync, writeFileSync } from "node:fs";
import { join } from "node:path";

/** A disk that can be filled: what the ledger is on, while a server runs. */
export interface FullDisk extends Disposable {
  readonly path: string;
  fill(pid: number): void;
  free(pid: number): void;
}

/**
 * A small disk of its own where this user may mount one; else a limit on the size of the server's files, which fails
 * its writes just so.
 */
export function fullDisk(parent: string): FullDisk {
  const path = join(parent, "disk");
  mkdirSync(path);
  const { status } = spawnSync("mount", ["-t", "tmpfs", "-o", "size=2m,mode=0700", "tmpfs", path]);
  return status === 0 ? mounted(path) : limited(path);
}

function mounted(path: string): FullDisk {
  const filler = join(path, "filler");
  return {
    path,
    fill() {
      // In small pieces, to the last page of it.
      for (const size of [65_536, 4096, 1]) {
        try {
          for (;;) writeFileSync(filler, Buffer.alloc(size), { flag: "a" });
        } catch (error) {
          if ((error as NodeJS.ErrnoException).code !== "ENOSPC") throw error;
        }
      }
    },
    free: () => rmSync(filler),
    [Symbol.dispose]: () => void execFileSync("umount", ["--lazy", path]),
  };
}

function limited(path: string): FullDisk {
  const limit = (pid: number, bytes: string) => execFileSync("prlimit", ["--pid", String(pid), `--fsize=${bytes}:`]);
  return {
    path,
    fill: (pid) => void limit(pid, String(statSync(join(path, "counterfoil.db-wal")).size)),
    free: (pid) => void limit(pid, "unlimited"),
    [Symbol.dispose]: () => undefined,
  };
}
