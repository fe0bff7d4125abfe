import fc from "fast-check";
import { expect, test } from "vitest";
import { EventReader, MAX_EVENT_LENGTH } from "./event-reader.ts";
import type { ServerEvent } from "./event-reader.ts";

const encoder = new TextEncoder();

function read(text: string | Uint8Array, cuts: readonly number[] = []): ServerEvent[] {
  const bytes = typeof text === "string" ? encoder.encode(text) : text;
  const reader = new EventReader();
  const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).toSorted((a, b) => a - b), bytes.length];
  return at.slice(1).flatMap((end, index) => reader.push(bytes.subarray(at[index], end)));
}

test.each<[string, string, Partial<ServerEvent>[]]>([
  ["a name, data and an id", "event: a\ndata: b\nid: c\n\n", [{ name: "a", data: "b", lastEventId: "c" }]],
  ["the name `message` where there is none", "data: b\n\n", [{ name: "message" }]],
  ["lines of data", "data: a\ndata:b\ndata\n\n", [{ data: "a\nb\n" }]],
  ["one space after the colon, and no more", "data:  a\n\n", [{ data: " a" }]],
  ["an id until there is another", "id: 1\ndata: a\n\ndata: b\n\n", [{ lastEventId: "1" }, { lastEventId: "1" }]],
  ["an id without data", "id: 1\n\ndata: b\n\n", [{ lastEventId: "1" }]],
  ["no id that holds a NUL", "id: 1\nid: 2\0\ndata: b\n\n", [{ lastEventId: "1" }]],
  ["an id that is taken back", "id: 1\nid\ndata: b\n\n", [{ lastEventId: "" }]],
  ["CR, LF and CRLF alike", "event: a\r\ndata: b\rdata: c\n\r\ndata: d\r\r", [{ data: "b\nc" }, { data: "d" }]],
  ["no comments and no unknown fields", ": hello\nretry: 1\nx: y\ndata: a\n:\n\n", [{ data: "a" }]],
  ["no event without data", "event: a\n\n\n\ndata: b\n\n", [{ name: "message", data: "b" }]],
  ["no event that was not ended", "data: a\n\ndata: b\n", [{ data: "a" }]],
  [
    "a byte order mark at the start alone",
    "\uFEFFdata: a\n\n\uFEFFdata: b\n\ndata: c\n\n",
    [{ data: "a" }, { data: "c" }],
  ],
])("an event stream has %s", (_name, text, expected) => {
  expect(read(text)).toEqual(expected.map((event) => expect.objectContaining(event) as ServerEvent));
});

test("wherever it is cut, the events are the same", () => {
  const part = fc.constantFrom(
    "data",
    "event",
    "id",
    ":",
    ": ",
    "\n",
    "\r",
    "\r\n",
    "\n\n",
    "é😀",
    "\uFEFF",
    "x",
    "\0",
  );
  fc.assert(
    fc.property(fc.array(part, { maxLength: 60 }), fc.array(fc.nat(), { maxLength: 20 }), (parts, cuts) => {
      const text = parts.join("");
      expect(read(text, cuts)).toEqual(read(text));
    }),
    { seed: 20_261_201, numRuns: 2000 },
  );
  const text = "\uFEFFid: t.1\r\nevent: a\rdata: é😀\ndata: {}\r\n\r\n: c\ndata: x\r\r\n";
  const all = encoder.encode(text);
  for (let first = 0; first <= all.length; first++) {
    for (let second = first; second <= all.length; second++) expect(read(all, [first, second])).toEqual(read(all));
  }
});

test("a line or an event without an end fills no memory", () => {
  const chunk = encoder.encode("a".repeat(64 * 1024));
  const line = new EventReader();
  expect(() => {
    for (let sent = 0; sent <= MAX_EVENT_LENGTH; sent += chunk.length) line.push(chunk);
  }).toThrow("A line of the feed is too long.");
  const event = new EventReader();
  const data = encoder.encode(`data: ${"a".repeat(64 * 1024)}\n`);
  expect(() => {
    for (let sent = 0; sent <= MAX_EVENT_LENGTH; sent += chunk.length) event.push(data);
  }).toThrow("An event of the feed is too long.");
});

test("bytes that are no UTF-8 are refused", () => {
  expect(() => read(new Uint8Array([0x64, 0xff, 0x0a]))).toThrow("The feed is not UTF-8.");
});
