import { CounterfoilError } from "@counterfoil/core";
import fc from "fast-check";
import { expect, test } from "vitest";
import { parseForm, readForm } from "./form.ts";

const FORM = "application/x-www-form-urlencoded";

function post(body: string | Uint8Array<ArrayBuffer>, contentType: string | null = FORM): Request {
  const headers = new Headers(contentType === null ? {} : { "Content-Type": contentType });
  const request = new Request("https://a.example/oauth/token", { method: "POST", headers, body });
  if (contentType === null) request.headers.delete("content-type");
  return request;
}

async function refusal(request: Request): Promise<CounterfoilError> {
  const error: unknown = await readForm(request).catch((thrown: unknown) => thrown);
  if (!(error instanceof CounterfoilError)) throw new Error("it was accepted");
  return error;
}

test.each([FORM, `${FORM};charset=UTF-8`, `${FORM} ; charset="utf-8"`, FORM.toUpperCase()])(
  "a form is read as %s",
  async (contentType) => {
    const form = await readForm(post("grant_type=refresh_token&name=a+b%20c%2B%C3%A9&empty=&bare&&", contentType));
    expect(Object.fromEntries(form)).toEqual({ grant_type: "refresh_token", name: "a b c+é" });
  },
);

test.each([null, "application/json", `${FORM}x`, `${FORM}; charset=latin1`, `${FORM}, ${FORM}`, `${FORM}; a=b`, ""])(
  "a body of type %s is refused",
  async (contentType) => {
    expect((await refusal(post("a=b", contentType))).code).toBe("unsupported_media_type");
  },
);

test("a name that comes twice is refused, also encoded, and also where one of the two is empty", async () => {
  for (const body of ["a=1&a=1", "a=1&a=2", "token=x&%74oken=x", "a&a=1", "a=1&a="]) {
    expect((await refusal(post(body))).code).toBe("invalid_request");
  }
});

test("what no two parsers decode alike is refused, and the sentence quotes nothing of it", async () => {
  for (const body of ["a=%", "a=%zz", "a=%ff", "a=%c3", "%ff=b", "a=%ed%a0%80"]) {
    const { code, message } = await refusal(post(body));
    expect([code, message.includes(body)]).toEqual(["invalid_request", false]);
  }
  expect((await refusal(post(new Uint8Array([97, 61, 0xff])))).code).toBe("invalid_request");
});

test("names that reach a prototype are names like any other", () => {
  const form = parseForm("__proto__=a&constructor=b&toString=c");
  expect([...form]).toEqual([
    ["__proto__", "a"],
    ["constructor", "b"],
    ["toString", "c"],
  ]);
  expect(parseForm("").get("toString")).toBeUndefined();
});

test("R163 a form of more than 16 KiB is refused", async () => {
  expect((await refusal(post(`a=${"x".repeat(16 * 1024)}`))).code).toBe("payload_too_large");
});

test("whatever URLSearchParams writes is read as it was meant", () => {
  const entries = fc.uniqueArray(fc.tuple(fc.string({ unit: "grapheme" }), fc.string({ unit: "grapheme" })), {
    selector: ([name]) => name,
  });
  fc.assert(
    fc.property(entries, (pairs) => {
      const wellFormed = pairs.filter((pair) => !/\p{Surrogate}/u.test(pair.join("")));
      const text = new URLSearchParams(wellFormed).toString();
      expect([...parseForm(text)]).toEqual(wellFormed.filter(([, value]) => value !== ""));
    }),
    { seed: 20_261_125 },
  );
});
