import { expect, test } from "vitest";
import { checkNewUsername } from "./username.ts";

test.each(["kavya", "K", "Ada Lovelace", "élodie", "王芳", "o'neil", "x".repeat(256), "ab@example.com", "usr"])(
  "%j may be a user name, and is kept as it was written",
  (username) => {
    expect(checkNewUsername(username)).toMatchObject({ outcome: "accepted", username });
  },
);

test("a name is compared in one form", () => {
  expect(checkNewUsername("ＫＡＶＹＡ")).toMatchObject({ canonicalUsername: "kavya" });
});

test.each([
  ["nothing", "", /at least 1/],
  ["more than 256 characters", "x".repeat(257), /at most 256/],
  ["more than 256 once it is normalised", "\ufdfa".repeat(16), /at most 256/],
  ["a megabyte", "x".repeat(1_000_000), /at most 256/],
  ["a line break", "ka\nvya", /control/],
  ["a C1 control", "ka\u009bvya", /control/],
  ["half a surrogate pair", "ka\ud800", /control/],
  ["a zero-width space", "ka\u200bvya", /invisible/],
  ["an override of direction", "\u202ekavya", /invisible/],
  ["a space in front", " kavya", /space/],
  ["a wide space behind", "kavya\u3000", /space/],
  ["spaces alone", "   ", /space/],
  ["the form of a subject", "USR_kavya", /usr_/],
])("%s is refused with a sentence", (_, username, sentence) => {
  expect(checkNewUsername(username)).toEqual({ outcome: "refused", sentence: expect.stringMatching(sentence) });
});
