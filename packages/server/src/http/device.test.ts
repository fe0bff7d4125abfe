import { expect, test } from "vitest";
import { deviceOf } from "./device.ts";

const device = (userAgent: string | null) => deviceOf({ deviceName: null, userAgent });

test.each([
  ["Mozilla/5.0 (X11; Linux x86_64; rv:128.0) Gecko/20100101 Firefox/128.0", "Firefox on Linux"],
  [
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Safari/537.36 Edg/124.0.0.0",
    "Microsoft Edge on Windows",
  ],
  [
    "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Safari/605.1.15",
    "Safari on macOS",
  ],
  [
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_4 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/17.4 Mobile/15E148 Safari/604.1",
    "iPhone · Safari",
  ],
  [
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/124.0.0.0 Mobile Safari/537.36",
    "Chrome on Android",
  ],
  ["curl/8.5.0", "curl"],
  ["node", "node"],
  ["python-requests/2.31.0", "python-requests"],
  ["Mozilla/5.0", null],
  ["<script>alert(1)</script>", null],
  ["", null],
  [null, null],
])("R027 %j is %j", (userAgent, expected) => {
  expect(device(userAgent)).toBe(expected);
});

test("the name that the client gave goes before its User-Agent", () => {
  expect(deviceOf({ deviceName: "Kitchen tablet", userAgent: "curl/8.5.0" })).toBe("Kitchen tablet");
});

test("a hostile User-Agent is read to its 256th character and no further, and gives a short name or none", () => {
  const pieces = [
    "Mozilla/",
    "Version/1.",
    "a",
    " ",
    "(",
    "Chrome/1 Safari ",
    "iPhone;",
    "0.",
    "Android ",
    "\u00e9",
    "Edg",
    ";-",
  ];
  for (const piece of pieces) {
    for (const start of ["", "Mozilla/5.0 ", "Mozilla/5.0 (iPhone; "]) {
      const hostile = start + piece.repeat(65_536 / piece.length);
      // Where all of it were read, the end would be what it is known by.
      const name = device(`${hostile} (Windows NT 10.0) Firefox/128.0`);
      expect([hostile.slice(0, 20), name]).toEqual([hostile.slice(0, 20), device(hostile.slice(0, 256))]);
      expect(name?.length ?? 0).toBeLessThanOrEqual(64);
    }
  }
});
