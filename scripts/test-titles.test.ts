import { expect, test } from "vitest";
import { testTitles } from "./test-titles.ts";

test.each<[what: string, source: string, titles: readonly string[]]>([
  ["a title", 'test("one", () => {});', ["one"]],
  ["a template", "it(`one ${two} three`, async () => {});", ["one ", " three"]],
  ["a group, and what is in it", 'describe("one", () => { test("two", () => {}); });', ["one", "two"]],
  ["a condition", 'test.skipIf(windows)("one", () => {});', ["one"]],
  ["concurrent", 'test.concurrent("one", () => {});', ["one"]],
  ["a table", 'test.each([["one", 1], ["two", 2]])("%s is", () => {});', ["%s is", "one", "two"]],
  ["a typed table", 'test.each<[name: string]>([["one"]])("%s", () => {});', ["%s", "one"]],
  ["a table elsewhere", 'const TABLE = [{ name: "one" }];\ntest.for(TABLE)("$name", () => {});', ["$name", "one"]],
])("a title is found: %s", (_, source, titles) => {
  expect(testTitles("x.test.ts", source)).toEqual(titles);
});

test.each<[what: string, source: string]>([
  ["a comment", '// test("one", () => {});'],
  ["a text that is no title", 'const one = "one"; expect("two").toBe(one);'],
  ["what somebody else calls so", 'suite.test("one"); pattern.test("two");'],
  ["a test that is skipped", 'test.skip("one", () => {});'],
  ["a test that is yet to be written", 'test.todo("one");'],
  ["a table that is skipped", 'test.skip.each([["one"]])("two", () => {});'],
  ["a group that is skipped, with what is in it", 'describe.skip("one", () => { test("two", () => {}); });'],
])("none is: %s", (_, source) => {
  expect(testTitles("x.test.ts", source)).toEqual([]);
});
