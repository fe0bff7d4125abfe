import type { Page } from "playwright-core";

/** A request that another site would like to have sent. */
export interface ForgedRequest {
  readonly method: string;
  /** The whole address. */
  readonly url: string;
  readonly body: object;
}

/** How many requests of one to a POST route reach the server: preflights are requests as well. */
export const POST_WAYS = { POST: 6, OPTIONS: 2, GET: 1 } as const;
/** Of one to a DELETE route: what a form makes of it, the preflight, and its address. */
export const DELETE_WAYS = { POST: 2, OPTIONS: 1, GET: 1 } as const;

/**
 * Sends each request from the page that is open, in every way that a page has without being asked: forms in frames (one
 * of them reads as JSON), scripts with and without a preflight and of all three encodings of a form, beacons, an image.
 */
export async function forgeAll(page: Page, requests: readonly ForgedRequest[]): Promise<void> {
  await page.evaluate(async (all) => {
    const settled: Promise<unknown>[] = [];
    const until = (element: HTMLElement, event: string) =>
      settled.push(new Promise((resolve) => element.addEventListener(event, resolve)));
    for (const [index, { method, url, body }] of all.entries()) {
      const json = JSON.stringify(body);
      const fields = Object.entries(body).map(([name, value]): [string, string] => [name, String(value)]);
      const asJson: [string, string][] = [[`${json.slice(0, -1)}${json === "{}" ? "" : ","}"x":"`, '"}']];
      for (const [enctype, inputs] of [
        ["application/x-www-form-urlencoded", fields],
        ["text/plain", asJson],
      ] as const) {
        const frame = document.createElement("iframe");
        frame.name = `${enctype}-${index}`;
        until(frame, "load");
        const form = document.createElement("form");
        Object.assign(form, { method: "POST", action: url, enctype, target: frame.name });
        for (const [name, value] of inputs) {
          const input = document.createElement("input");
          Object.assign(input, { type: "hidden", name, value });
          form.append(input);
        }
        document.body.append(frame, form);
        form.submit();
      }
      const send = (init: RequestInit) => settled.push(fetch(url, { credentials: "include", ...init }));
      send({ method, headers: { "Content-Type": "application/json" }, body: json });
      // A method that is not simple is refused before it is sent.
      send({ method, mode: "no-cors", headers: { "Content-Type": "text/plain" }, body: json });
      if (method === "POST") {
        const multipart = new FormData();
        for (const [name, value] of fields) multipart.append(name, value);
        send({ method, mode: "no-cors", body: multipart });
        send({ method, mode: "no-cors", body: new URLSearchParams(fields) });
        navigator.sendBeacon(url, json);
        navigator.sendBeacon(url, new Blob([json], { type: "application/json" }));
      }
      const image = new Image();
      until(image, "error");
      image.src = url;
    }
    await Promise.allSettled(settled);
  }, requests);
}

/**
 * Takes the page that is open to each by a form that submits itself, or with `GET` by a link: the browser then shows the
 * server's answer as a page. Each sets out from the same page anew.
 */
export async function leadToAll(page: Page, requests: readonly ForgedRequest[]): Promise<void> {
  const start = page.url();
  for (const request of requests) {
    await page.goto(start);
    const answered = page.waitForURL(request.url, { waitUntil: "commit" });
    await page.evaluate(({ method, url, body }) => {
      if (method === "GET") return location.assign(url);
      const form = document.createElement("form");
      Object.assign(form, { method, action: url });
      for (const [name, value] of Object.entries(body)) {
        const input = document.createElement("input");
        Object.assign(input, { type: "hidden", name, value: String(value) });
        form.append(input);
      }
      document.body.append(form);
      form.submit();
    }, request);
    await answered;
  }
  await page.goto(start);
}
