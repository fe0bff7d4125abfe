import { readdirSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { packageFile } from "../package-file.ts";

export interface PageFile {
  readonly body: Uint8Array<ArrayBuffer>;
  /** The same, for whoever takes it so: a third of it. They hold nothing secret that its size could tell. */
  readonly gzip: Uint8Array<ArrayBuffer>;
  readonly type: string;
}

/** What the web pages are made of, as they were built. */
export interface PageFiles {
  /** The one document of all pages. */
  readonly document: string;
  /** By name: each has its content's hash in it. */
  readonly assets: ReadonlyMap<string, PageFile>;
  readonly icon: PageFile;
}

const TYPES: Readonly<Record<string, string>> = {
  js: "text/javascript; charset=utf-8",
  css: "text/css; charset=utf-8",
  svg: "image/svg+xml",
};

/**
 * Reads them all: they are small, and nobody's path leads to a file.
 *
 * @returns null where they were not built
 */
export function readPageFiles(): PageFiles | null {
  const folder = packageFile("console");
  const read = (path: string): PageFile => {
    const type = TYPES[path.split(".").at(-1) ?? ""] ?? "application/octet-stream";
    const body = new Uint8Array(readFileSync(join(folder, path)));
    return { body, gzip: new Uint8Array(gzipSync(body)), type };
  };
  try {
    const names = readdirSync(join(folder, "assets"));
    return {
      document: readFileSync(join(folder, "index.html"), "utf8"),
      assets: new Map(names.map((name) => [name, read(`assets/${name}`)])),
      icon: read("icon.svg"),
    };
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === "ENOENT") return null;
    throw error;
  }
}
