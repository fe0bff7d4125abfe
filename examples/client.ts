/** The requests that the examples' tests make, as a client without a browser makes them. */

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Readonly<Record<string, unknown>>;
}

export async function get(url: string, headers: Readonly<Record<string, string>> = {}): Promise<Answer> {
  return answer(await fetch(url, { headers }));
}

export async function post(
  url: string,
  body: object | undefined,
  headers: Readonly<Record<string, string>> = {},
): Promise<Answer> {
  if (body === undefined) return answer(await fetch(url, { method: "POST", headers }));
  const type = { "Content-Type": "application/json" };
  return answer(await fetch(url, { method: "POST", headers: { ...type, ...headers }, body: JSON.stringify(body) }));
}

export function bearer(token: unknown): { readonly Authorization: string } {
  return { Authorization: `Bearer ${String(token)}` };
}

/** The session cookie that an answer sets, as the browser sends it back. */
export function cookieOf({ headers }: Answer): { readonly Cookie: string } {
  return { Cookie: headers.get("set-cookie")?.split(";", 1)[0] ?? "" };
}

async function answer(response: Response): Promise<Answer> {
  const text = await response.text();
  const body = text === "" ? {} : (JSON.parse(text) as Answer["body"]);
  return { status: response.status, headers: response.headers, body };
}
