import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { readSessionCookie, sessionCookieName } from "./session-cookie.ts";

const SEED = 20_261_123;
const NAMES = ["__Host-session_id", "__Secure-session_id", "session_id"] as const;
const GENUINE = "cfs_AQIDBAUGBwgJCgsMDQ4PEAAAAABhYmNkZWZnaGlqa2xtbm9w";

describe("the name", () => {
  test("R079 R080 it promises as much as the scope allows", () => {
    expect(sessionCookieName({ secure: true })).toBe("__Host-session_id");
    expect(sessionCookieName({ secure: true, domain: null })).toBe("__Host-session_id");
    expect(sessionCookieName({ secure: true, domain: "example.com" })).toBe("__Secure-session_id");
    expect(sessionCookieName({ secure: false })).toBe("session_id");
    expect(sessionCookieName({ secure: false, domain: "localhost" })).toBe("session_id");
  });
});

describe.each(NAMES)("reading %s", (name) => {
  const read = (header: string | null) => readSessionCookie(header, name);
  const found = { kind: "found", value: GENUINE };

  test("it is found alone and among the cookies of other applications", () => {
    expect(read(`${name}=${GENUINE}`)).toEqual(found);
    expect(read(`a=1; ${name}=${GENUINE}; b=2`)).toEqual(found);
    expect(read(`a=1;${name}=${GENUINE};b=2`)).toEqual(found);
  });

  test.each([null, "", ";", "a=1", "; ; ", "=", "session", "x-session_id=1", `my${name}=1`, `${name}2=1`])(
    "it is absent from %j",
    (header) => {
      expect(read(header)).toEqual({ kind: "absent" });
    },
  );

  test.each([
    "a",
    "=",
    "=b",
    "a=b=c",
    'q="x; y',
    "café=ü",
    "{json}={}",
    "__proto__=1",
    "constructor=1",
    "n\u0000ul=1",
    ";;;",
    "  spaced  =  1  ",
    "session-id=1",
    "sessionid=1",
    "connect.sid=s%3A1",
    "session_id_2=1",
    "other_session_id=1",
    "session_id.sig=1",
    `a=${"x".repeat(8000)}`,
  ])("R085 %j of another application does not break it", (other) => {
    expect(read(`${other}; ${name}=${GENUINE}`)).toEqual(found);
    expect(read(`${name}=${GENUINE}; ${other}`)).toEqual(found);
  });

  test("R085 R146 two of the name are ambiguous, even if they agree", () => {
    expect(read(`${name}=${GENUINE}; ${name}=${GENUINE}`).kind).toBe("ambiguous");
    expect(read(`${name}=a; x=1; ${name}=b`).kind).toBe("ambiguous");
    expect(read(`${name}=; ${name}=${GENUINE}`).kind).toBe("ambiguous");
    expect(read(`${name}=${GENUINE}; ${name}=`).kind).toBe("ambiguous");
  });

  // With a space the pair is `${name} =evil`, and so on: what some parser takes for the name and we do not.
  const resembling = [
    `${name.toUpperCase()}=evil`,
    `${name[0]!.toUpperCase()}${name.slice(1).replace("s", "S")}=evil`,
    `=${name}=evil`,
    `==${name}=evil`,
    ` ${name}=evil`,
    `\t${name}=evil`,
    `\u00a0${name}=evil`,
    `\ufeff${name}=evil`,
    `\u000b${name}=evil`,
    `[${name}=evil`,
    `${name}[=evil`,
    `${name}[0]=evil`,
    `${name} =evil`,
    `${name}\t=evil`,
    `"${name}"=evil`.replace(/"=/, "="),
    name,
  ].filter((pair) => !pair.startsWith(`${name}=`));

  test.each(resembling)("R085 %j is never adopted, and refused beside the genuine one", (pair) => {
    expect(read(`x=1; ${pair}`)).toEqual({ kind: "absent" });
    expect(read(`${name}=${GENUINE}; ${pair}`).kind).toBe("ambiguous");
    expect(read(`x=1; ${pair}; ${name}=${GENUINE}`).kind).toBe("ambiguous");
  });

  test.each([
    "a b",
    " a",
    "a ",
    '"a"',
    "a,b",
    "a%20b",
    "a\u0000",
    "a'--",
    "é",
    "🎟",
    "a=b",
    "a.b",
    "[]",
    "[object Object]",
    "x".repeat(4097),
  ])("R032 the value %j is malformed and reaches nobody", (value) => {
    expect(read(`${name}=${value}`).kind).toBe("malformed");
  });

  test("R032 a header of a megabyte is malformed, whatever is in it", () => {
    expect(read(`${name}=${"x".repeat(1_000_000)}`).kind).toBe("malformed");
    expect(read(`${name}=${GENUINE}; a=${"x".repeat(16 * 1024)}`).kind).toBe("malformed");
    expect(read(`${name}=${GENUINE};`.padEnd(16 * 1024, " "))).toEqual(found);
  });

  test("R088 an empty one is absent: some clients keep a deleted cookie so", () => {
    expect(read(`${name}=`)).toEqual({ kind: "absent" });
    expect(read(`a=1; ${name}=; b=2`)).toEqual({ kind: "absent" });
  });

  test("two headers that were joined by a comma never give a value", () => {
    expect(read(`${name}=${GENUINE}, ${name}=evil`).kind).toBe("malformed");
    expect(read(`a=1, ${name}=evil`)).toEqual({ kind: "absent" });
  });

  test("R085 thousands of generated headers: never another value than the genuine one, and duplicates are refused", () => {
    const other = fc
      .string({ unit: "binary", maxLength: 20 })
      .filter((text) => !text.includes(";") && !text.toLowerCase().includes("session_id"));
    const part = fc.oneof(
      { weight: 4, arbitrary: other.map((text) => ({ text, is: "other" as const })) },
      { weight: 2, arbitrary: fc.constantFrom(...resembling).map((text) => ({ text, is: "resembling" as const })) },
      { weight: 2, arbitrary: fc.constant({ text: `${name}=${GENUINE}`, is: "genuine" as const }) },
      { weight: 1, arbitrary: fc.constant({ text: `${name}=evil`, is: "second" as const }) },
    );
    const seen = new Set<string>();
    fc.assert(
      fc.property(fc.array(part, { maxLength: 6 }), fc.constantFrom("; ", ";"), (parts, separator) => {
        // In front of everything a space stays: the first pair has no separator before it.
        const header = parts.map(({ text }) => text).join(separator);
        fc.pre(separator === "; " || !parts.some(({ text }, index) => index > 0 && text.startsWith(" ")));
        const count = (is: string) => parts.filter((each) => each.is === is).length;
        const result = read(header);
        seen.add(result.kind);
        const exact = count("genuine") + count("second");
        const kind = exact === 0 ? "absent" : exact + count("resembling") > 1 ? "ambiguous" : "found";
        expect(result.kind).toBe(kind);
        expect(result.kind === "found" ? result.value : GENUINE).toBe(
          count("second") === 1 && kind === "found" ? "evil" : GENUINE,
        );
      }),
      { seed: SEED, numRuns: 5000 },
    );
    expect([...seen].toSorted()).toEqual(["absent", "ambiguous", "found"]);
  });
});

test("R032 any text at all gives one of the four answers", () => {
  const units = fc.constantFrom("__Host-session_id", "session_id", "=", ";", "; ", " ", "[", '"', "\u0000", "é", "x");
  fc.assert(
    fc.property(fc.array(fc.oneof(units, fc.string({ unit: "binary" }))), (parts) => {
      const result = readSessionCookie(parts.join(""), "__Host-session_id");
      expect(["found", "absent", "ambiguous", "malformed"]).toContain(result.kind);
      expect(result.kind === "found" ? result.value : "x").toMatch(/^[A-Za-z0-9_-]+$/);
    }),
    { seed: SEED, numRuns: 5000 },
  );
});

test("R149 no header of 50 KB or less takes long to read", () => {
  for (const unit of ["session_id", "session_id=;", " ", ";", "=", "; session_id[", '"', "\u00a0", "; =session_id "]) {
    for (const size of [16 * 1024, 50 * 1024]) {
      const header = unit.repeat(size / unit.length);
      const started = performance.now();
      readSessionCookie(header, "session_id");
      expect(performance.now() - started).toBeLessThan(50);
    }
  }
});
