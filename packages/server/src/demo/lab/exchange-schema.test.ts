import { expect, test } from "vitest";
import { ExchangeWishSchema } from "./exchange-schema.ts";

const takes = (path: string) => ExchangeWishSchema.safeParse({ target: "server", method: "POST", path }).success;

test.each([
  "/lab",
  "/lab/storms",
  "//lab/storms",
  "/LAB/storms",
  "/%6cab/storms",
  "/a/../lab/storms",
  "/%2e/lab/storms",
])("what the Lab sends is not sent to the Lab itself, however it is written: %s", (path) => {
  expect(takes(path)).toBe(false);
});

test.each(["/", "/login", "/labels", "/orders?of=/lab/", "/a/lab/storms", "/%zz"])(
  "any other path is taken: %s",
  (path) => {
    expect(takes(path)).toBe(true);
  },
);
