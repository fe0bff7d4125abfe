import { isDeepStrictEqual } from "node:util";
import { CounterfoilError } from "@counterfoil/core";
import fc from "fast-check";
import { describe, expect, test } from "vitest";
import { MAX_BODY_BYTES } from "./body-text.ts";
import { parseJson, readJson } from "./json.ts";

const SEED = 20_261_123;

function post(
  body: BodyInit | null,
  headers: Record<string, string> = { "content-type": "application/json" },
): Request {
  const duplex = body instanceof ReadableStream ? { duplex: "half" as const } : undefined;
  const request = new Request("https://app.example.com/login", { method: "POST", body, ...duplex });
  // Request adds one of its own for a string.
  request.headers.delete("content-type");
  for (const [name, value] of Object.entries(headers)) request.headers.append(name, value);
  return request;
}

async function refusal(request: Request): Promise<CounterfoilError> {
  const thrown: unknown = await readJson(request).then(
    () => null,
    (error: unknown) => error,
  );
  expect(thrown).toBeInstanceOf(CounterfoilError);
  return thrown as CounterfoilError;
}

/** The value, or what was thrown in its place. */
function attempt(text: string): unknown {
  try {
    return parseJson(text);
  } catch (error) {
    return error;
  }
}

function parseRefusal(text: string): CounterfoilError {
  const thrown = attempt(text);
  expect(thrown).toBeInstanceOf(CounterfoilError);
  expect(thrown).toMatchObject({ code: "invalid_request" });
  return thrown as CounterfoilError;
}

function bytes(...parts: (string | number[])[]): Uint8Array<ArrayBuffer> {
  return Uint8Array.from(
    parts.flatMap((part) => (typeof part === "string" ? [...new TextEncoder().encode(part)] : part)),
  );
}

describe("the content type", () => {
  test.each([
    "application/json",
    "Application/JSON",
    "application/json; charset=utf-8",
    'application/json ;\tcharset="UTF-8"',
  ])("%s is read", async (type) => {
    expect(await readJson(post('{"a":1}', { "content-type": type }))).toEqual({ a: 1 });
  });

  test.each([
    "text/plain",
    "application/x-www-form-urlencoded",
    "multipart/form-data; boundary=x",
    "application/json/x",
    "application/jsonp",
    "application/json;",
    "application/json; charset=utf-16",
    "application/json; charset=utf-8; charset=utf-8",
    "application/json; charset = utf-8",
    "application/json; q=1",
    "application/json, text/plain",
    "text/plain; x=application/json",
    "application/problem+json",
    "",
  ])("R091 %j is refused as unsupported_media_type", async (type) => {
    expect((await refusal(post('{"a":1}', { "content-type": type }))).code).toBe("unsupported_media_type");
    // An HTML form without fields posts its content type and no bytes.
    expect((await refusal(post(null, { "content-type": type }))).code).toBe("unsupported_media_type");
  });

  test("R091 a body without a content type is refused as unsupported_media_type", async () => {
    expect((await refusal(post('{"a":1}', {}))).code).toBe("unsupported_media_type");
  });

  test("R146 two Content-Type headers are refused even if both are right", async () => {
    const request = post('{"a":1}');
    request.headers.append("content-type", "application/json");
    expect((await refusal(request)).code).toBe("unsupported_media_type");
  });

  test.each(["gzip", "identity", "br, gzip"])(
    "a body encoded as %s is refused as unsupported_media_type",
    async (coding) => {
      const request = post('{"a":1}', { "content-type": "application/json", "content-encoding": coding });
      expect((await refusal(request)).code).toBe("unsupported_media_type");
    },
  );
});

describe("the bytes", () => {
  test("no body and an empty one are an empty object", async () => {
    expect(await readJson(post(null, {}))).toEqual({});
    expect(await readJson(post(""))).toEqual({});
    expect(await readJson(post("", {}))).toEqual({});
    expect(await readJson(new Request("https://app.example.com/"))).toEqual({});
  });

  test("16 KiB are read and one byte more is refused as payload_too_large", async () => {
    const filler = "x".repeat(MAX_BODY_BYTES - '{"a":""}'.length);
    expect(await readJson(post(`{"a":"${filler}"}`))).toEqual({ a: filler });
    expect((await refusal(post(`{"a":"${filler}x"}`))).code).toBe("payload_too_large");
  });

  test("the limit counts bytes and not characters", async () => {
    expect((await refusal(post(`{"a":"${"é".repeat(MAX_BODY_BYTES / 2)}"}`))).code).toBe("payload_too_large");
  });

  test("R163 an endless body is refused as soon as the limit is passed, and cancelled", async () => {
    let pulled = 0;
    let cancelled = false;
    const endless = new ReadableStream<Uint8Array>(
      {
        pull(controller) {
          pulled += 1024;
          controller.enqueue(new Uint8Array(1024).fill(0x20));
        },
        cancel() {
          cancelled = true;
        },
      },
      { highWaterMark: 0 },
    );
    expect((await refusal(post(endless))).code).toBe("payload_too_large");
    expect(cancelled).toBe(true);
    expect(pulled).toBe(MAX_BODY_BYTES + 1024);
  });

  test("a Content-Length above the limit is refused before a byte is read", async () => {
    let pulled = 0;
    const body = new ReadableStream<Uint8Array>({ pull: () => void pulled++ }, { highWaterMark: 0 });
    const request = post(body, { "content-type": "application/json", "content-length": String(MAX_BODY_BYTES + 1) });
    expect((await refusal(request)).code).toBe("payload_too_large");
    expect(pulled).toBe(0);
  });

  test("a Content-Length that understates does not lift the limit", async () => {
    const request = post("x".repeat(MAX_BODY_BYTES + 1), { "content-type": "application/json", "content-length": "2" });
    expect((await refusal(request)).code).toBe("payload_too_large");
  });

  test.each(["2, 2", "-1", "0x10", "1e3", ""])(
    "R146 the Content-Length %j is refused as invalid_request",
    async (length) => {
      const request = post("{}", { "content-type": "application/json", "content-length": length });
      expect((await refusal(request)).code).toBe("invalid_request");
    },
  );

  test("a body that comes in any pieces is read whole", async () => {
    const whole = bytes('{"name":"Kävya 🎟"}');
    const pieces = new ReadableStream<Uint8Array>({
      start(controller) {
        for (const byte of whole) controller.enqueue(Uint8Array.of(byte));
        controller.close();
      },
    });
    expect(await readJson(post(pieces))).toEqual({ name: "Kävya 🎟" });
  });

  test("a body that breaks off is the client's fault and not an internal error", async () => {
    const broken = new ReadableStream<Uint8Array>({
      start(controller) {
        controller.error(new Error("aborted"));
      },
    });
    expect((await refusal(post(broken))).code).toBe("invalid_request");
  });

  test("a body that another reader has consumed is a bug and named as one", async () => {
    const request = post("{}");
    await request.text();
    await expect(readJson(request)).rejects.toThrow(TypeError);
  });

  test.each([
    ["an invalid byte", bytes('{"a":"', [0xff], '"}')],
    ["an overlong form", bytes('{"a":"', [0xc0, 0xaf], '"}')],
    ["an encoded surrogate", bytes('{"a":"', [0xed, 0xa0, 0x80], '"}')],
    ["a sequence cut short", bytes('{"a":"', [0xe2, 0x82])],
    ["a byte order mark", bytes([0xef, 0xbb, 0xbf], "{}")],
    ["UTF-16", bytes([0xff, 0xfe, 0x7b, 0x00, 0x7d, 0x00])],
  ])("R150 %s is refused as invalid_request", async (_, body) => {
    expect((await refusal(post(body))).code).toBe("invalid_request");
  });
});

function nest(levels: number, open: string, close: string): string {
  return `{"a":${open.repeat(levels - 1)}1${close.repeat(levels - 1)}}`;
}

describe("the text", () => {
  test.each(["[]", "null", "1", '"a"', "true", "[{}]"])("R150 %s at the top is refused", (text) => {
    expect(parseRefusal(text).message).toMatch(/must be a JSON object/);
  });

  test("R150 eight levels are read and nine are refused, of objects and arrays alike", () => {
    expect(parseJson(nest(8, "[", "]"))).toEqual({ a: [[[[[[[1]]]]]]] });
    expect(parseJson(nest(8, '{"a":', "}"))).toEqual(JSON.parse(nest(8, '{"a":', "}")));
    expect(parseRefusal(nest(9, "[", "]")).message).toMatch(/more than 8 levels/);
    expect(parseRefusal(nest(9, '{"a":', "}")).message).toMatch(/more than 8 levels/);
    expect(parseRefusal(nest(8000, "[", "]")).message).toMatch(/more than 8 levels/);
    // Side by side is not nested.
    expect(parseJson(`{"a":[${"[],".repeat(20)}[]],"b":{}}`)).toHaveProperty("b");
  });

  test.each([
    '{"a":1,"a":1}',
    '{"a":1,"b":2,"a":3}',
    String.raw`{"a":1,"\u0061":2}`,
    '{"x":{"a":1,"b":[{}],"a":2}}',
    '{"x":[{"a":{},"a":[]}]}',
    '{"":1,"":2}',
  ])("R146 R150 a member name that occurs twice is refused: %s", (text) => {
    expect(parseRefusal(text).message).toMatch(/occurs twice/);
  });

  test.each([
    '{"a":{"a":{"a":1}},"b":{"a":1}}',
    '{"a":["a","a",{"b":"a"},"a"],"b":"a","c":"b"}',
    '{"a":"a,\\"a\\":1"}',
  ])("the same text is no duplicate in another object or as a value: %s", (text) => {
    expect(parseJson(text)).toEqual(JSON.parse(text));
  });

  test.each([
    '{"__proto__":{"admin":true}}',
    '{"a":{"constructor":{"prototype":{"admin":true}}}}',
    '{"a":[{"prototype":1}]}',
    String.raw`{"\u005f_proto__":{"admin":true}}`,
  ])("R151 a member name that reaches a prototype is refused: %s", (text) => {
    expect(parseRefusal(text).message).toMatch(/__proto__/);
    expect(({} as Record<string, unknown>)["admin"]).toBeUndefined();
  });

  test("R151 the same words are harmless as values", () => {
    expect(parseJson('{"a":"__proto__","b":["constructor"]}')).toEqual({ a: "__proto__", b: ["constructor"] });
  });

  test.each([
    String.raw`{"a":"\ud800"}`,
    String.raw`{"a":"\udc00\ud800"}`,
    String.raw`{"\ud83c":1}`,
    '{"a":["x\ud800"]}',
  ])("R150 half of a surrogate pair is refused: %j", (text) => {
    expect(parseRefusal(text).message).toMatch(/surrogate/);
  });

  test("a whole surrogate pair is read", () => {
    expect(parseJson(String.raw`{"a":"\ud83c\udf9f"}`)).toEqual({ a: "🎟" });
  });

  test.each(['{"a":1e400}', '{"a":[-1e999]}', `{"a":${"9".repeat(400)}}`])(
    "R150 an infinite number is refused: %s",
    (text) => {
      expect(parseRefusal(text).message).toMatch(/number/);
    },
  );

  test("a number that looks infinite inside a string is text", () => {
    expect(parseJson('{"a":"1e400","1e400":1e-400}')).toEqual({ a: "1e400", "1e400": 0 });
  });

  test("a refusal quotes nothing of the body, and has no cause that does", async () => {
    const secret = "correct horse battery";
    for (const body of [
      `{"password":"${secret}",}`,
      `{"password":${secret}}`,
      `{"${secret}":1,"${secret}":2}`,
      `{"password":"${secret}\\ud800"}`,
      `["${secret}"]`,
    ]) {
      const error = await refusal(post(body));
      expect(error.message).not.toContain("horse");
      expect(error.cause).toBeUndefined();
      expect(error.stack).not.toContain("horse");
    }
  });
});

/** One of the many spellings of a value: white space anywhere, any character escaped. `next` gives 0 to 255. */
function spell(value: unknown, next: () => number): string {
  const space = () => ["", "", " ", "\n\t", "\r\n  "][next() % 5]!;
  const text = (string: string) => {
    const units = Array.from({ length: string.length }, (_, index) => {
      const unit = string[index]!;
      const escape = `\\u${string.charCodeAt(index).toString(16).padStart(4, "0")}`;
      return next() % 4 === 0 ? escape : /["\\]/.test(unit) ? `\\${unit}` : unit < " " ? escape : unit;
    });
    return `"${units.join("")}"`;
  };
  const spaced = (inner: string) => space() + inner + space();
  if (typeof value === "string") return text(value);
  if (Array.isArray(value)) return `[${value.map((item) => spaced(spell(item, next))).join(",") || space()}]`;
  if (typeof value === "object" && value !== null) {
    const members = Object.entries(value).map(([name, item]) => `${spaced(text(name))}:${spaced(spell(item, next))}`);
    return `{${members.join(",") || space()}}`;
  }
  return JSON.stringify(value);
}

describe("against JSON.parse", () => {
  const names = fc
    .oneof(fc.string({ unit: "binary", maxLength: 6 }), fc.constantFrom("a", "toString", "hasOwnProperty", "1", ""))
    .filter((name) => !["__proto__", "constructor", "prototype"].includes(name));
  const { object } = fc.letrec((tie) => ({
    leaf: fc.oneof(
      fc.string({ unit: "binary" }),
      fc.double({ noNaN: true, noDefaultInfinity: true }),
      fc.integer(),
      fc.boolean(),
      fc.constant(null),
    ),
    array: fc.array(tie("value"), { maxLength: 4, depthIdentifier: "json" }),
    object: fc.dictionary(names, tie("value"), { maxKeys: 4, noNullPrototype: true, depthIdentifier: "json" }),
    value: fc.oneof({ maxDepth: 6, depthIdentifier: "json" }, tie("leaf"), tie("array"), tie("object")),
  }));

  const spelled = fc.tuple(object, fc.uint8Array({ minLength: 64, maxLength: 64 })).map(([value, choices]) => {
    let index = 0;
    return ` ${spell(value, () => choices[index++ % choices.length]!)}\n`;
  });

  test("R150 every document without the refused features has the value that JSON.parse gives it", () => {
    fc.assert(
      fc.property(spelled, (text) => {
        expect(parseJson(text)).toEqual(JSON.parse(text));
      }),
      { seed: SEED, numRuns: 3000 },
    );
  });

  test("R150 a document with one character changed is refused where JSON.parse refuses it, else has its value or a reason", () => {
    const reasons = /occurs twice|__proto__|surrogate|number|levels|must be a JSON object/;
    const insertions = ["", ...Array.from("{}[]:,\"'\\ /-+.eEnu019\u0000\u007f\u2028é")];
    const outcomes = { invalid: 0, refused: 0, read: 0 };
    const changes = fc.tuple(spelled, fc.nat(), fc.constantFrom(0, 1), fc.constantFrom(...insertions));
    fc.assert(
      fc.property(changes, ([text, at, cut, inserted]) => {
        const index = at % text.length;
        const changed = text.slice(0, index) + inserted + text.slice(index + cut);
        const actual = attempt(changed);
        const sentence = actual instanceof CounterfoilError ? actual.message : null;
        let expected: unknown;
        try {
          expected = JSON.parse(changed);
        } catch {
          outcomes.invalid++;
          return sentence !== null && sentence.includes("not valid JSON");
        }
        if (sentence !== null) {
          outcomes.refused++;
          return reasons.test(sentence);
        }
        outcomes.read++;
        return isDeepStrictEqual(actual, expected);
      }),
      { seed: SEED, numRuns: 5000 },
    );
    expect(Math.min(...Object.values(outcomes))).toBeGreaterThan(10);
  });

  test("R146 R151 one refused member, put into any object of any document, refuses the document", () => {
    const features = [
      ['"\\u007a\\u007a":1,"zz":2', /occurs twice/],
      ['"__proto__":{}', /__proto__/],
      ['"zz":"\\ud801"', /surrogate/],
      ['"zz":1e999', /number/],
    ] as const;
    fc.assert(
      fc.property(spelled, fc.nat(), fc.constantFrom(...features), (text, at, [member, reason]) => {
        // Objects only, and none inside a string: those positions at which the document without it stays valid JSON.
        const opens = [...text.matchAll(/"(?:[^"\\]|\\.)*"|\{/g)].filter(([token]) => token === "{");
        const open = opens[at % opens.length]!.index + 1;
        const comma = /^\s*\}/.test(text.slice(open)) ? "" : ",";
        const planted = text.slice(0, open) + member + comma + text.slice(open);
        expect(() => JSON.parse(planted) as unknown).not.toThrow();
        expect(parseRefusal(planted).message).toMatch(reason);
      }),
      { seed: SEED, numRuns: 2000 },
    );
  });
});

test("R149 no body of 16 KiB takes long to read", () => {
  const size = MAX_BODY_BYTES - 8;
  const bodies = ['"', "\\", '\\"', "[", "{", '{"a":', "1", "1e", "-", " ", ",", '"a",', "\u00a0"].map((unit) =>
    `{"a":${unit.repeat(size / unit.length)}`.slice(0, size),
  );
  bodies.push(
    `{"a":"${"\\\\".repeat(size / 2 - 8)}"}`,
    `{"a":[${'"",'.repeat(size / 3 - 8)}1]}`,
    `{"a":${"1".repeat(size - 8)}}`,
  );
  for (const body of bodies) {
    const started = performance.now();
    attempt(body);
    expect(performance.now() - started).toBeLessThan(50);
  }
});
