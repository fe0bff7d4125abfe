import type { Page } from "playwright-core";
import { expect } from "vitest";
import { stateOf } from "./client-place.ts";

/** Waits until all of the tabs are in a state like this. */
export async function expectState(tabs: readonly Page[], state: Partial<Record<string, unknown>>): Promise<void> {
  const wanted = tabs.map(() => expect.objectContaining(state) as unknown);
  await expect.poll(() => Promise.all(tabs.map(stateOf)), { timeout: 20_000 }).toEqual(wanted);
}
