import { Worker } from "node:worker_threads";
import { expect, test } from "vitest";

const WORKERS = 8;
const EACH = 125_000;

/** Plain JavaScript: a worker has no loader of the tests. */
const MAKE = `
  const { parentPort } = require("node:worker_threads");
  import(process.argv[2]).then(({ systemRandom }) => {
    const made = new Uint8Array(16 * ${EACH});
    for (let index = 0; index < ${EACH}; index++) made.set(systemRandom.bytes(16), 16 * index);
    parentPort.postMessage(made, [made.buffer]);
  });
`;

function make(): Promise<Uint8Array> {
  const source = new URL("../../../core/src/random.ts", import.meta.url).href;
  const worker = new Worker(MAKE, { eval: true, argv: [source] });
  return new Promise((resolve, reject) => {
    worker.once("message", resolve);
    worker.once("error", reject);
  });
}

test(
  "R137 a million locators from eight threads at once have no duplicate, and no bit of them leans",
  { timeout: 120_000 },
  async () => {
    const batches = await Promise.all(Array.from({ length: WORKERS }, make));
    // Of each the first 64 bits: were even these to repeat, the generator would not be one (1 in 37 million).
    const halves = new BigUint64Array(WORKERS * EACH);
    const ones = new Uint32Array(128);
    let count = 0;
    for (const batch of batches) {
      const view = new DataView(batch.buffer, batch.byteOffset);
      for (let offset = 0; offset < batch.length; offset += 16) {
        halves[count++] = view.getBigUint64(offset);
        if (offset % 160 !== 0) continue;
        for (let bit = 0; bit < 128; bit++) ones[bit]! += (batch[offset + (bit >> 3)]! >> (bit & 7)) & 1;
      }
    }
    halves.sort();
    const repeated = halves.findIndex((half, index) => index > 0 && half === halves[index - 1]);
    expect([count, repeated]).toEqual([WORKERS * EACH, -1]);
    const looked = (WORKERS * EACH) / 10;
    // Six standard deviations of a fair coin.
    expect([...ones].filter((each) => Math.abs(each - looked / 2) >= 3 * Math.sqrt(looked))).toEqual([]);
  },
);
