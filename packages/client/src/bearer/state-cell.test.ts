import { expect, test } from "vitest";
import type { SessionState } from "../session/session-state.ts";
import { StateCell } from "./state-cell.ts";

const user = { sub: "usr_1", username: "kavya", roles: ["user"] };
const SIGNED_IN: SessionState = { status: "signed_in", user, sid: "ses_1" };
const SIGNED_OUT: SessionState = { status: "signed_out", reason: "logout", endReason: null };

test("a listener is told the state at once, and then each change once, until it leaves", () => {
  let uses = 0;
  const cell = new StateCell(() => uses++);
  const told: string[] = [];
  const leave = cell.subscribe(({ status }) => told.push(status));
  cell.set(SIGNED_IN);
  cell.set({ ...SIGNED_IN, user: { ...user } });
  expect(cell.current).toBe(SIGNED_IN);
  leave();
  cell.set(SIGNED_OUT);
  expect(told).toEqual(["loading", "signed_in"]);
  expect(uses).toBe(2);
});

test("a listener that changes the state has the others told the newest, last", () => {
  const cell = new StateCell(() => undefined);
  const told: string[] = [];
  cell.subscribe((state) => {
    if (state === SIGNED_IN) cell.set(SIGNED_OUT);
  });
  cell.subscribe(({ status }) => told.push(status));
  cell.set(SIGNED_IN);
  expect(told).toEqual(["loading", "signed_out"]);
});
