import { expect, test } from "vitest";
import { memoryStorage } from "../storage/memory-storage.ts";
import { readOptions } from "./options.ts";

const right = { url: "https://app.example.com/auth", storage: memoryStorage() };

test.each([
  ["https://app.example.com/auth", "https://app.example.com/auth"],
  ["https://app.example.com/auth/", "https://app.example.com/auth"],
  ["http://localhost:4000", "http://localhost:4000"],
  ["http://app.localhost:4000", "http://app.localhost:4000"],
  ["http://127.0.0.1:4000", "http://127.0.0.1:4000"],
  ["http://[::1]:4000", "http://[::1]:4000"],
])("%s is a server", (url, read) => {
  expect(readOptions({ ...right, url }).url).toBe(read);
});

const wrong: readonly (readonly [options: object, sentence: RegExp])[] = [
  [{ url: "http://app.example.com" }, /^url is https: .* write https:\/\/app\.example\.com\. insecureHttp: true/],
  [{ url: "http://localhost.example.com" }, /^url is https:/],
  [{ url: "http://127.0.0.1.example.com" }, /^url is https:/],
  [{ url: "/auth" }, /^url is the server's public URL/],
  [{ url: "ftp://app.example.com" }, /^url is the server's public URL/],
  [{ url: "https://app.example.com/?a=b" }, /^url is the server's public URL/],
  [{ url: "https://kavya:secret@app.example.com/" }, /^url is the server's public URL/],
  [{ url: undefined }, /^url is the server's public URL/],
  [{ storage: undefined }, /^storage has the methods read and replace/],
  [{ storage: { read: () => null } }, /^storage has the methods read and replace/],
  [{ apiOrigins: "https://api.example.com" }, /^apiOrigins is a list/],
  [{ apiOrigins: ["https://api.example.com/"] }, /without a path: write https:\/\/api\.example\.com\.$/],
  [{ apiOrigins: ["https://api.example.com:443"] }, /write https:\/\/api\.example\.com\.$/],
  [{ apiOrigins: ["*"] }, /^apiOrigins is a list of origins/],
  [{ apiOrigins: ["http://api.example.com"] }, /^apiOrigins is https:/],
  [{ apiOrigin: ["https://api.example.com"] }, /^There is no option apiOrigin: the options are url, /],
  [{ retryForSeconds: -1 }, /^retryForSeconds is a number of seconds/],
];

test.each(wrong)("%o is a TypeError that says what would be right", (options, sentence) => {
  const read = () => readOptions({ ...right, ...options });
  expect(read).toThrow(TypeError);
  expect(read).toThrow(sentence);
});

test("http: beyond this machine has to be allowed by name", () => {
  const allowed = { url: "http://app.example.com", apiOrigins: ["http://api.example.com"], insecureHttp: true };
  expect(readOptions({ ...right, ...allowed })).toMatchObject({ url: "http://app.example.com" });
});

test("a password in the address is not repeated", () => {
  expect(() => readOptions({ ...right, url: "https://kavya:secret@app.example.com/" })).not.toThrow(/secret/);
});
