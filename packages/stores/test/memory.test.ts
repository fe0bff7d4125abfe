import { memoryLedger } from "@counterfoil/stores/memory";
import { describe } from "vitest";
import { ledgerContract } from "./ledger-contract.ts";
import { TestClock } from "./store.ts";
import type { TestStore } from "./store.ts";

describe("memory", () => {
  ledgerContract(makeMemory, { redeemTable: 3, tellsChanges: true });
});

async function makeMemory(): Promise<TestStore> {
  const clock = new TestClock();
  const ledger = memoryLedger({ clock });
  await ledger.open();
  return { clock, ledger, other: ledger, [Symbol.asyncDispose]: () => ledger[Symbol.asyncDispose]() };
}
