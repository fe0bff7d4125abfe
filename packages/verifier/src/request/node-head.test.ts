import { expect, test } from "vitest";
import { headOf } from "./node-head.ts";

test("a header is found whatever its case, and one that is not there is null", () => {
  const { headers } = headOf({ method: "GET", url: "/", rawHeaders: ["AUTHORIZATION", "Bearer a", "X", "1"] });
  expect(headers.get("Authorization")).toBe("Bearer a");
  expect(headers.has("authorization")).toBe(true);
  expect(headers.get("cookie")).toBeNull();
  expect(headers.has("cookie")).toBe(false);
});

test("R018 what came twice stays visible", () => {
  const rawHeaders = ["Authorization", "Bearer a", "Cookie", "a=1", "authorization", "Bearer b", "cookie", "b=2"];
  const { headers } = headOf({ rawHeaders });
  expect(headers.get("authorization")).toBe("Bearer a, Bearer b");
  expect(headers.get("cookie")).toBe("a=1; b=2");
});
