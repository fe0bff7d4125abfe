import { expect, test, vi } from "vitest";
import type { SessionState } from "../session/session-state.ts";
import { snapshotsOf } from "./session-snapshots.ts";

const LOADING: SessionState = { status: "loading", error: null };
const OUT_OF_REACH: SessionState = { status: "loading", error: new Error("The server is out of reach.") };
const KAVYA: SessionState = {
  status: "signed_in",
  user: { sub: "usr_kavya", username: "kavya", roles: ["admin"] },
  sid: "ses_a",
};
const NOBODY: SessionState = { status: "signed_out", reason: "session_over", endReason: "inactive" };

function sessionIn(current: SessionState) {
  const listeners = new Set<(state: SessionState) => void>();
  return {
    current,
    subscribe(listener: (state: SessionState) => void) {
      listeners.add(listener);
      listener(this.current);
      return () => void listeners.delete(listener);
    },
    become(state: SessionState) {
      this.current = state;
      for (const listener of listeners) listener(state);
    },
  };
}

test("what the server has told is shown while the client is loading, out of reach too, and then what the client says", () => {
  const session = sessionIn(LOADING);
  const { now, atServer } = snapshotsOf(session, KAVYA);
  expect([now(), atServer()]).toEqual([KAVYA, KAVYA]);
  session.become(OUT_OF_REACH);
  expect(now()).toBe(KAVYA);
  session.become(NOBODY);
  expect(now()).toBe(NOBODY);
  expect(atServer()).toBe(KAVYA);
});

test("without anything of the server's the client's own state is shown, and why it is still loading", () => {
  for (const initial of [undefined, LOADING]) {
    const session = sessionIn(OUT_OF_REACH);
    const { now, atServer } = snapshotsOf(session, initial);
    expect(now()).toBe(OUT_OF_REACH);
    expect(atServer()).toEqual(LOADING);
  }
});

test("a snapshot is the same object until the state changes, or React would render without end", () => {
  const session = sessionIn(KAVYA);
  const { now, atServer } = snapshotsOf(session);
  expect(now()).toBe(now());
  expect(atServer()).toBe(atServer());
});

test("who subscribes, leaves and subscribes again hears of each change once", () => {
  const session = sessionIn(LOADING);
  const { subscribe } = snapshotsOf(session);
  const listener = vi.fn<() => void>();
  subscribe(listener)();
  const leave = subscribe(listener);
  listener.mockClear();
  session.become(KAVYA);
  expect(listener).toHaveBeenCalledTimes(1);
  leave();
  session.become(NOBODY);
  expect(listener).toHaveBeenCalledTimes(1);
});
