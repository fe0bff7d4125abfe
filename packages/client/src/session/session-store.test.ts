import { expect, test, vi } from "vitest";
import type { SessionState } from "./session-state.ts";
import { createSessionStore } from "./session-store.ts";

const USER = { sub: "u1", username: "kavya", roles: ["admin"] };
const SIGNED_IN: SessionState = { status: "signed_in", user: USER, sid: "s1" };

test("a listener hears the state as it is, and each that follows, until it has enough", () => {
  const store = createSessionStore(() => undefined);
  const heard: string[] = [];
  const stop = store.observable.subscribe(({ status }) => heard.push(status));
  store.set(SIGNED_IN);
  stop();
  store.set({ status: "signed_out", reason: "logout", endReason: null });
  expect(heard).toEqual(["loading", "signed_in"]);
});

test("nobody is told what is known already: a refresh renders no page anew", () => {
  const store = createSessionStore(() => undefined);
  store.set(SIGNED_IN);
  const { current } = store.observable;
  let told = 0;
  store.observable.subscribe(() => told++);
  store.set({ ...SIGNED_IN, user: { ...USER, roles: ["admin"] } });
  expect(told).toBe(1);
  expect(store.observable.current).toBe(current);
});

test("one function may listen twice, and each ends on its own", () => {
  const store = createSessionStore(() => undefined);
  let told = 0;
  const listener = () => told++;
  const stop = store.observable.subscribe(listener);
  store.observable.subscribe(listener);
  stop();
  store.set(SIGNED_IN);
  expect(told).toBe(3);
});

test("what a listener throws is reported, and keeps no other from hearing", () => {
  const later = vi.spyOn(globalThis, "queueMicrotask").mockImplementation(() => undefined);
  const store = createSessionStore(() => undefined);
  const wrong = new Error("in the application");
  store.observable.subscribe(({ status }) => {
    if (status !== "loading") throw wrong;
  });
  const heard: string[] = [];
  store.observable.subscribe(({ status }) => heard.push(status));
  store.set(SIGNED_IN);
  const [[report] = []] = later.mock.calls;
  later.mockRestore();
  expect(report).toThrow(wrong);
  expect(heard).toEqual(["loading", "signed_in"]);
});

test("what is waited for is the first state that says whether somebody is signed in", async () => {
  const store = createSessionStore(() => undefined);
  store.set({ status: "loading", error: new Error("out of reach") });
  store.set(SIGNED_IN);
  expect(await store.known).toBe(SIGNED_IN);
});

test("where a listener changes the state the others hear the newest last", () => {
  const store = createSessionStore(() => undefined);
  store.observable.subscribe(({ status }) => {
    if (status === "signed_in") store.set({ status: "signed_out", reason: "logout", endReason: null });
  });
  const heard: string[] = [];
  store.observable.subscribe(({ status }) => heard.push(status));
  store.set(SIGNED_IN);
  expect(heard).toEqual(["loading", "signed_out"]);
});
