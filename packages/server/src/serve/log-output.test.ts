import { closeSync, openSync, readFileSync } from "node:fs";
import { join } from "node:path";
import { expect, test } from "vitest";
import { temporaryDirectory } from "../../test/options.ts";
import { logOutput } from "./log-output.ts";

test("lines go where they are to go, whole and in their order", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "log");
  const fd = openSync(path, "w");
  const output = logOutput(fd);
  for (let line = 0; line < 100; line++) output.write(`${line}\n`);
  closeSync(fd);
  expect(readFileSync(path, "utf8").split("\n")).toEqual([...Array.from({ length: 100 }, (_, line) => `${line}`), ""]);
});

test("what cannot be written is lost, counted, and told of once there is room", async () => {
  await using directory = await temporaryDirectory();
  const path = join(directory.path, "log");
  const fd = openSync(path, "w");
  const output = logOutput(fd);
  closeSync(fd);
  for (let line = 0; line < 3; line++) output.write("lost\n");
  // The same number is given again: as when the disk has room once more.
  expect(openSync(path, "w")).toBe(fd);
  output.write("first\n");
  output.write("second\n");
  closeSync(fd);
  const [empty, told, ...rest] = readFileSync(path, "utf8").split("\n");
  expect([empty, rest]).toEqual(["", ["first", "second", ""]]);
  expect(JSON.parse(told!)).toEqual({ level: 40, time: expect.any(String), count: 3, msg: "log lines were lost" });
});
