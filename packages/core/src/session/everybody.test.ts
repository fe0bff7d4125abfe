import { expect, test } from "vitest";
import { context, crypto, FakeClock, keyringOf, openLedger, over } from "../../test/platform.ts";
import { StoreError } from "../errors.ts";
import { loadSigningKeys } from "../keys/signing-keys.ts";
import type { Ledger } from "../ledger/ledger.ts";
import { signEverybodyOut } from "./everybody.ts";

const keyring = keyringOf("first");

async function start(ledger: Ledger): Promise<string> {
  const keys = await loadSigningKeys({ ledger, crypto, keyring, algorithm: "ES256", hs256Secret: null });
  return keys.current.kid;
}

/** The keys of which the feed has told that they are revoked, in their order. */
async function told(ledger: Ledger): Promise<readonly string[]> {
  const { entries } = await ledger.readRevocations(null);
  return entries.flatMap((entry) => (entry.type === "key-revoked" ? [entry.kid] : []));
}

test("R025 the keys are revoked before any session ends, and those that were made meanwhile behind the last", async () => {
  const ledger = await openLedger(new FakeClock());
  const before = await start(ledger);
  let meanwhile = "";
  const running = over(ledger, {
    endEverySession: async (input) => {
      expect(await told(ledger)).toEqual([before]);
      meanwhile = await start(ledger);
      return ledger.endEverySession(input);
    },
  });
  expect(await signEverybodyOut(running, context)).toEqual({ ended: 0, keysRevoked: 2 });
  expect(await told(ledger)).toEqual([before, before, meanwhile]);
  expect(await ledger.listSigningKeys()).toEqual([]);
});

test("R025 servers are told behind the last session too, where none of them has made a key since", async () => {
  const ledger = await openLedger(new FakeClock());
  const kid = await start(ledger);
  let toldBefore = 0;
  const running = over(ledger, {
    endEverySession: async (input) => {
      const batch = await ledger.endEverySession(input);
      toldBefore = (await told(ledger)).length;
      return batch;
    },
  });
  expect(await signEverybodyOut(running, context)).toEqual({ ended: 0, keysRevoked: 1 });
  expect((await told(ledger)).slice(toldBefore)).toEqual([kid]);
});

test("R025 a run that is cut short leaves no token good, and the next one finishes it", async () => {
  const ledger = await openLedger(new FakeClock());
  const before = await start(ledger);
  const failing = over(ledger, { endEverySession: () => Promise.reject(new StoreError("the disk is full")) });
  await expect(signEverybodyOut(failing, context)).rejects.toThrow(StoreError);
  expect(await told(ledger)).toEqual([before]);
  const meanwhile = await start(ledger);
  expect(await signEverybodyOut(ledger, context)).toEqual({ ended: 0, keysRevoked: 1 });
  expect(await told(ledger)).toEqual([before, meanwhile, meanwhile]);
});
