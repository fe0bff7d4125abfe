import type { RequestHead } from "./head.ts";

/** What is read of a request of Node's, or of a framework's on top of it. */
export interface IncomingHead {
  readonly method?: string | undefined;
  readonly url?: string | undefined;
  readonly rawHeaders: readonly string[];
}

/**
 * A request of Node's, seen as a Web-standard one: nothing is copied. A header that came twice stays visible as such,
 * which `incoming.headers` hides: of two `Authorization` it keeps the first.
 */
export function headOf({
  method = "GET",
  url = "/",
  rawHeaders,
}: IncomingHead): RequestHead & { readonly url: string } {
  return { method, url, headers: new RawHeaders(rawHeaders) };
}

class RawHeaders implements Pick<Headers, "get" | "has"> {
  readonly #raw: readonly string[];

  constructor(raw: readonly string[]) {
    this.#raw = raw;
  }

  has(name: string): boolean {
    return this.get(name) !== null;
  }

  get(name: string): string | null {
    const wanted = name.toLowerCase();
    let value: string | null = null;
    for (let index = 0; index < this.#raw.length; index += 2) {
      const each = this.#raw[index]!;
      if (each.length !== wanted.length || each.toLowerCase() !== wanted) continue;
      // HTTP/2 sends a Cookie in pieces (RFC 9113 §8.2.3); other headers join by a comma (RFC 9110 §5.3).
      value =
        value === null ? this.#raw[index + 1]! : value + (wanted === "cookie" ? "; " : ", ") + this.#raw[index + 1]!;
    }
    return value;
  }
}
