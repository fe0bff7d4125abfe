import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";

export interface Directory extends AsyncDisposable {
  readonly path: string;
}

/** A directory that goes when its scope ends. */
export async function temporaryDirectory(): Promise<Directory> {
  const path = await mkdtemp(join(tmpdir(), "counterfoil-e2e-"));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true, maxRetries: 3 }) };
}
