import { expect, test } from "vitest";
import { parseRecord, serializeRecord } from "./record.ts";
import type { StoredRecord } from "./record.ts";

const SERVER = "https://app.example.com/auth";
const record: StoredRecord = {
  server: SERVER,
  session: {
    sid: "ses_1",
    user: { sub: "usr_1", username: null, roles: ["user"] },
    refreshToken: "cfr_token-of-now",
    key: "key-of-the-token",
  },
  over: null,
  ended: ["cfr_token-of-before"],
};
const parse = (text: string | null) => parseRecord(text, SERVER, "/there");

test("it is read as it was written", () => {
  const over: StoredRecord = { ...record, session: null, over: "logout", ended: [] };
  for (const each of [record, over]) expect(parse(serializeRecord(each))).toEqual(each);
  expect(parse(null)).toEqual({ server: SERVER, session: null, over: null, ended: [] });
});

test("each cut and each change of its form is an error, which names the place and no token", () => {
  const text = serializeRecord(record);
  const changed = ["", "null", "[]", "{}", text.replace('"sid"', '"id"'), text.replace('["user"]', '"user"')];
  changed.push(text.replace("cfr_token-of-now", "two tokens"), text.replace("key-of-the-token", "two\\nlines"));
  changed.push(text.replace('"over":null', '"over":"x"'));
  for (let length = 1; length < text.length - 1; length += 7) changed.push(text.slice(0, length));
  for (const each of changed) {
    const read = () => parse(each);
    expect(read).toThrow(
      /^\/there holds nothing that this client has written, or not all of it\. Nothing was overwritten/,
    );
    expect(read).not.toThrow(/cfr_|token-of/);
  }
});

test("another server's, and a newer version's, are told apart from a broken one", () => {
  const text = serializeRecord(record);
  expect(() => parseRecord(text, "https://other.example.com", "/there")).toThrow(
    "/there holds a session of https://app.example.com/auth, not of https://other.example.com: each server needs a storage of its own.",
  );
  expect(() => parse(text.replace('"version":1', '"version":2'))).toThrow(/written by a newer version/);
});

test("what another server's sign-out has left behind, with nothing to tell it, is nobody's", () => {
  const over: StoredRecord = { ...record, session: null, over: "logout", ended: [] };
  const read = (each: StoredRecord) => parseRecord(serializeRecord(each), "https://other.example.com", "/there");
  expect(read(over)).toEqual({ server: "https://other.example.com", session: null, over: null, ended: [] });
  expect(() => read({ ...over, ended: ["cfr_token-of-before"] })).toThrow(/holds a session of/);
});
