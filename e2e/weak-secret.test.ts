import { createHash } from "node:crypto";
import { ConfigurationError } from "@counterfoil/core";
import { createCounterfoil } from "counterfoil";
import { expect, test } from "vitest";
import { newSecret } from "./support/local.ts";
import { run } from "./support/process.ts";
import { WEAK_SECRETS } from "./support/weak-secrets.ts";

const OPTIONS = { issuer: "http://localhost:4000", ledger: "memory:" } as const;

/** The sentence with which a secret is refused; `null` if it is taken. */
function refusal(use: () => unknown): string | null {
  try {
    use();
    return null;
  } catch (error) {
    if (error instanceof ConfigurationError) return error.message;
    throw error;
  }
}

/** The same in the forms in which people dress a secret up. */
function dressed(secret: string): readonly string[] {
  const encoded = Buffer.from(secret).toString("base64url");
  return [secret, encoded, `cfk_${secret}`, `cfk_${encoded}`, `cfk_${secret.padEnd(48, "x").slice(0, 48)}`];
}

test(`R053 each of ${WEAK_SECRETS.length} known secrets is refused as the server's and as HS256's, in whatever dress, and is in no message`, () => {
  const long = WEAK_SECRETS.filter((secret) => Buffer.byteLength(secret) >= 32);
  expect(long.length).toBeGreaterThan(20);
  const good = newSecret();
  const taken: string[] = [];
  for (const weak of WEAK_SECRETS.flatMap(dressed)) {
    const messages = [
      refusal(() => createCounterfoil({ ...OPTIONS, secret: weak })),
      refusal(() => createCounterfoil({ ...OPTIONS, secret: [good, weak] })),
      refusal(() => createCounterfoil({ ...OPTIONS, secret: good, algorithm: "HS256", hs256Secret: weak })),
    ];
    if (messages.includes(null)) taken.push(weak);
    // Shorter ones are words that a sentence of ours has by itself.
    if (weak.length > 16 && messages.join(" ").includes(weak)) taken.push(weak);
  }
  expect(taken).toEqual([]);
});

test("R053 bytes without randomness are refused although their form and checksum are right", () => {
  const bytes = Buffer.alloc(32, 7);
  const checksum = createHash("sha256").update(bytes).digest().subarray(0, 4);
  const secret = `cfk_${Buffer.concat([bytes, checksum]).toString("base64url")}`;
  expect(refusal(() => createCounterfoil({ ...OPTIONS, secret }))).toMatch(/not random/);
});

test("R053 the command line refuses super-secret-key, and says which command prints a good one", async () => {
  const { code, stdout, stderr } = await run(["serve"], { COUNTERFOIL_SECRET: "super-secret-key" });
  expect([code, stdout]).toEqual([2, ""]);
  expect(stderr).toMatch(/^counterfoil: .*COUNTERFOIL_SECRET.*`counterfoil secret`.*\n$/);
  expect(stderr).not.toContain("super-secret-key");
});

test("what `counterfoil secret` prints is taken, for the server and for HS256, one or several", async () => {
  const printed = await Promise.all([run(["secret"]), run(["secret", "--json"])]);
  const one = printed[0].stdout.trim();
  const { secret: two } = JSON.parse(printed[1].stdout) as { secret: string };
  expect(printed.map(({ code, stderr }) => [code, stderr])).toEqual([
    [0, ""],
    [0, ""],
  ]);
  expect(one).not.toBe(two);
  expect(refusal(() => createCounterfoil({ ...OPTIONS, secret: `${one},${two}` }))).toBeNull();
  expect(
    refusal(() => createCounterfoil({ ...OPTIONS, secret: one, algorithm: "HS256", hs256Secret: two })),
  ).toBeNull();
  expect(refusal(() => createCounterfoil({ ...OPTIONS, secret: `${one},${one}` }))).toMatch(/twice/);
});
