import { expect, test } from "vitest";
import { follow } from "../../test/follow.ts";

test("where memory can answer it answers at once, and the same object for the same token", async () => {
  await using following = await follow();
  const { verifier, token } = following;
  await verifier.ready();
  const one = token();
  const verdict = verifier.verify(one);
  expect(verdict).toMatchObject({ ok: true });
  expect(verifier.verify(one)).toBe(verdict);
  expect(verifier.verify("no token")).toMatchObject({ reason: "malformed" });
  expect(verifier.status).toMatchObject({ accepted: 2, refused: { malformed: 1 }, cachedTokens: 1 });
});
