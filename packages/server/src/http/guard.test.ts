import { expect, test } from "vitest";
import { isBrowser } from "./guard.ts";

const OWN = "https://app.example.com";

test("a browser is told by Sec-Fetch-Site, and Node's own fetch is none", () => {
  expect(isBrowser(new Headers({ "sec-fetch-site": "same-origin" }))).toBe(true);
  expect(isBrowser(new Headers({ "sec-fetch-site": "odd" }))).toBe(true);
  expect(isBrowser(new Headers({ "sec-fetch-mode": "cors", origin: OWN }))).toBe(false);
});
