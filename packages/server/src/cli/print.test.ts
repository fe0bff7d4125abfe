import { afterEach, expect, it, vi } from "vitest";
import { fail, notDone } from "./failure.ts";
import { print } from "./print.ts";

afterEach(() => {
  vi.restoreAllMocks();
  process.exitCode = undefined;
});

const EVIL = "a\u001b[2Jb\u009b31m";

/** What is written to one of the streams. */
function written(stream: "stdout" | "stderr", act: () => void): string {
  let text = "";
  vi.spyOn(process[stream], "write").mockImplementation((part) => {
    text += String(part);
    return true;
  });
  act();
  return text;
}

it("R161 what a command prints moves nobody's cursor, and the JSON is the same text to a program", () => {
  const json = written("stdout", () => print({ json: true }, { name: EVIL }, () => []));
  const lines = written("stdout", () => print({}, {}, () => [EVIL, "second"]));
  const refused = written("stderr", () => notDone(EVIL, "not_found", false));
  expect(json + lines + refused).not.toMatch(/(?!\n)\p{Cc}/u);
  expect(JSON.parse(json)).toEqual({ name: EVIL });
  expect(lines.split("\n").slice(1)).toEqual(["second", ""]);
});

it("of an error that is not ours its name is told, since its message may hold anything", () => {
  const text = written("stderr", () => fail(new TypeError("cfk_secret"), true));
  expect(JSON.parse(text)).toEqual({ error: expect.stringContaining("(TypeError)"), code: "internal" });
  expect(text).not.toContain("cfk_secret");
  expect(process.exitCode).toBe(1);
});
