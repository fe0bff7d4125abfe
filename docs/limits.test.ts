import { readFileSync } from "node:fs";
import {
  accountAttempts,
  accountResetAttempts,
  codeAttempts,
  ForgeryWatch,
  KNOWN_ADDRESS_SECONDS,
  LIMITS,
  onAttempt,
  registerAttempts,
  resetAttempts,
  WATCHED_ADDRESSES,
} from "@counterfoil/core";
import type { AttemptLimit, LimitName } from "@counterfoil/core";
import { memoryLedger } from "@counterfoil/stores/memory";
import { expect, test } from "vitest";
import { nodeCrypto } from "../packages/server/src/platform/node-crypto.ts";

const page = readFileSync(new URL("limits.md", import.meta.url), "utf8");

const ROW = /^\| `(\w+)` +\| [^|]+ \| (\d+) +\| (\d+) (second|minute)s? +\|$/gm;
const rows = [...page.matchAll(ROW)].map(([, name, burst, count, unit]) => ({
  name: name as LimitName,
  burst: Number(burst),
  refillSeconds: Number(count) * (unit === "minute" ? 60 : 1),
}));

const of = (username: string, address: string) => accountAttempts(nodeCrypto, username, address);

/** Attempts of which the limit in question is the first to be met. */
const ATTEMPTS: Readonly<Record<Exclude<LimitName, "handle">, (index: number) => AttemptLimit>> = {
  password: () => of("kavya", "192.0.2.1"),
  address: (index) => of(`name-${index}`, "192.0.2.1"),
  account: (index) => of("kavya", `10.0.${index >> 8}.${index & 255}`),
  register: () => registerAttempts("192.0.2.1"),
  reset: () => resetAttempts("192.0.2.1"),
  resetAccount: () => accountResetAttempts(nodeCrypto, "kavya"),
  code: () => codeAttempts("192.0.2.1"),
};

/** How many fail before one is refused, and how long that one is to wait. */
async function measure(name: LimitName): Promise<(typeof rows)[number]> {
  const clock = { now: () => 1_800_000_000_000, monotonic: () => 0 };
  if (name === "handle") {
    const watch = new ForgeryWatch(clock);
    for (let burst = 0; ; burst++) {
      const { retryAfterSeconds } = watch.note("192.0.2.1");
      if (retryAfterSeconds !== null) return { name, burst, refillSeconds: retryAfterSeconds };
    }
  }
  const ledger = memoryLedger({ clock });
  await ledger.open();
  for (let burst = 0; ; burst++) {
    const failing = async () => ({ outcome: "refused" }) as const;
    const checked = await onAttempt(ledger, ATTEMPTS[name](burst), failing, () => false);
    if (checked.outcome === "limited") return { name: checked.limit, burst, refillSeconds: checked.retryAfterSeconds };
  }
}

test("R005 the table has every limit that there is, and no other", () => {
  expect(rows.map(({ name }) => name)).toEqual(Object.keys(LIMITS));
});

test.each(rows)("R005 the limit $name is met where the page says, and gives way when it says", async (row) => {
  expect(await measure(row.name)).toEqual(row);
});

test("R005 the page says how long an address stays known, and how many are watched, as the code has it", () => {
  expect(page).toContain(`has signed in within ${KNOWN_ADDRESS_SECONDS / 86_400} days is **known**`);
  expect(page).toContain(`of the last ${WATCHED_ADDRESSES} addresses`);
  expect(page).toContain("## Nobody can lock the owner out");
});
