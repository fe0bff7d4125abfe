import { expect, test } from "vitest";
import { createClient } from "./create-client.ts";

test("a client is created wherever a module is evaluated, and says on a server that it is for a page", async () => {
  const client = createClient({ url: "/auth", apiOrigins: ["https://api.example.com"] });
  expect(client.session.current).toEqual({ status: "loading", error: null });
  expect(() => client.ready).toThrow("@counterfoil/client is for a page in a browser");
  expect(() => client.session.subscribe(() => undefined)).toThrow("for a page in a browser");
  await expect(client.fetch("https://api.example.com/orders")).rejects.toThrow("for a page in a browser");
  client.close();
});

test.each(["/auth", "/auth/", "/", "https://app.example.com/auth", "http://localhost:4000"])(
  "%s is where a server can be",
  (url) => {
    expect(() => createClient({ url })).not.toThrow();
  },
);

test.each(["", "auth", "//evil.example/auth", "/auth?x=1", "ftp://example.com", "javascript:alert(1)"])(
  "%j is not where a server can be",
  (url) => {
    expect(() => createClient({ url })).toThrow(
      new TypeError(
        `url: ${JSON.stringify(url)} is not where a server can be: "/auth", or "https://example.com/auth".`,
      ),
    );
  },
);

test.each([
  "*",
  "null",
  "api.example.com",
  "https://api.example.com/",
  "https://api.example.com/v1",
  "https://*.example.com",
  "HTTPS://API.example.com",
])("R170 %j is not an origin, and no token is sent anywhere by mistake", (origin) => {
  expect(() => createClient({ url: "/auth", apiOrigins: [origin] })).toThrow(TypeError);
});
