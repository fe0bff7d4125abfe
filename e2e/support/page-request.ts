import type { Page } from "playwright-core";

/** What a page gets to see of an answer. */
export interface SeenAnswer {
  readonly status: number;
  readonly body: Readonly<Record<string, unknown>>;
  /** Headers and body, whole. */
  readonly text: string;
}

/** One request by a script of the page, as an application sends it. */
export function askFrom(page: Page, method: string, path: string, body?: object, token?: string): Promise<SeenAnswer> {
  return page.evaluate(
    async (sent) => {
      const headers = {
        ...(sent.body !== undefined && { "Content-Type": "application/json" }),
        ...(sent.token !== undefined && { Authorization: `Bearer ${sent.token}` }),
      };
      const answer = await fetch(sent.path, { method: sent.method, headers, body: sent.body ?? null });
      const text = await answer.text();
      return {
        status: answer.status,
        body: text === "" ? {} : (JSON.parse(text) as Record<string, unknown>),
        text: [...answer.headers].join("\n") + text,
      };
    },
    { method, path, body: body && JSON.stringify(body), token },
  );
}
