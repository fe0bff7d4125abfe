import { mkdtemp, rm } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { afterAll, beforeAll, describe, expect, test } from "vitest";
import { fileStorage } from "./file-storage.ts";
import { memoryStorage } from "./memory-storage.ts";
import type { TokenStorage } from "./token-storage.ts";

let parent: string;
let count = 0;

beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), "counterfoil-storage-"));
});
afterAll(() => rm(parent, { recursive: true, force: true }));

const implementations: readonly (readonly [name: string, make: () => TokenStorage])[] = [
  ["memoryStorage", memoryStorage],
  ["fileStorage", () => fileStorage(join(parent, "below", String(count++)))],
];

describe.each(implementations)("%s", (_name, make) => {
  test("it is empty before the first text, and gives the newest after", async () => {
    const storage = make();
    expect(await storage.read()).toBe(null);
    expect(await storage.replace(null, "one")).toBe(true);
    expect(await storage.replace("one", "two ü\n")).toBe(true);
    expect(await storage.read()).toBe("two ü\n");
  });

  test("it replaces only what is there", async () => {
    const storage = make();
    expect(await storage.replace("one", "two")).toBe(false);
    expect(await storage.read()).toBe(null);
    await storage.replace(null, "one");
    expect(await storage.replace(null, "two")).toBe(false);
    expect(await storage.replace("two", "three")).toBe(false);
    expect(await storage.read()).toBe("one");
  });

  test("of 40 that replace the same text at once one succeeds, each time", async () => {
    const storage = make();
    let before: string | null = null;
    for (let round = 0; round < 10; round++) {
      const texts = Array.from({ length: 40 }, (_, index) => `${round}.${index}`);
      const replaced = await Promise.all(texts.map((text) => storage.replace(before, text)));
      const winners = texts.filter((_, index) => replaced[index]);
      expect(winners).toHaveLength(1);
      expect(await storage.read()).toBe(winners[0]);
      before = winners[0]!;
    }
  });
});
