import { expect, test } from "vitest";
import { parseUserCursor, readUserCursor, userCursor } from "./user-cursor.ts";
import type { CanonicalUsername, Subject } from "./user.ts";

const BY_CREATION = { by: "creation", createdAt: 1_800_000_000_000, subject: "auth0|\u00e9.42" as Subject } as const;
const BY_NAME = { by: "name", name: "王芳 🔑" as CanonicalUsername } as const;

test("a cursor leads back to its place, whatever the subject or the name, and is safe in an address", () => {
  for (const place of [BY_CREATION, BY_NAME]) {
    const cursor = userCursor(place);
    expect(readUserCursor(cursor)).toEqual(place);
    expect(encodeURIComponent(cursor)).toBe(cursor);
  }
});

test("what no list of that order gave is none", () => {
  expect(parseUserCursor(userCursor(BY_NAME), "name")).not.toBeNull();
  expect(parseUserCursor(userCursor(BY_NAME), "creation")).toBeNull();
  expect(parseUserCursor(userCursor(BY_CREATION), "name")).toBeNull();
  for (const text of ["", "n.", "c1.", "c.YQ", "n.YQ==", "x.YQ", "c9999999999999999.YQ", "n.Y", " n.YQ", "n.YQ\n"]) {
    expect([text, readUserCursor(text)]).toEqual([text, null]);
  }
});
