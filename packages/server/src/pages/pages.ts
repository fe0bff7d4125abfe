import type { Clock, Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import type { Settings } from "../config/settings.ts";
import { errorAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import type { NoticeSink } from "../notice.ts";
import { readPageFiles } from "./page-files.ts";
import type { PageFile, PageFiles } from "./page-files.ts";
import { pagePolicy } from "./page-policy.ts";
import { PageReports } from "./page-reports.ts";

/** Where the web pages are, below the path of the issuer. No route of the API answers a GET there. */
export const PAGES = {
  home: "/",
  signIn: "/sign-in",
  createAccount: "/create-account",
  choosePassword: "/choose-password",
  account: "/account",
  administration: "/administration",
} as const;

/**
 * Which of the pages are served: all of them; or, where administrators come in by a door of their own, theirs there and
 * the others here.
 */
export type PagesPart = "whole" | "administrators" | "others";

/** What a page has to know before it asks for anything; nothing of any user's. */
export interface PageFacts {
  readonly registration: boolean;
  /** Whether users have their passwords here, and may change them. */
  readonly ownPasswords: boolean;
  /** The fewest characters of a new password. */
  readonly passwordMinLength: number;
  /** The demonstration's sample API, where there is one: the Lab is at `/` then. */
  readonly apiUrl: string | null;
  /** Whom the sign-in page offers: the demonstration's, whose passwords everybody knows. */
  readonly sampleUsers: readonly SampleUser[];
}

export interface SampleUser {
  readonly username: string;
  readonly password: string;
  readonly roles: readonly string[];
}

/** What is told of a demonstration. */
export type DemoFacts = Pick<PageFacts, "apiUrl" | "sampleUsers">;

export const NO_DEMO: DemoFacts = { apiUrl: null, sampleUsers: [] };

export interface PageParts {
  readonly random: Random;
  readonly clock: Pick<Clock, "monotonic">;
  readonly notice: NoticeSink;
}

/** The web pages: one document, and the files that it loads. */
export class Pages {
  readonly reports: PageReports;
  readonly #facts: PageFacts;
  readonly #random: Random;
  readonly #basePath: string;
  #files: PageFiles | null | undefined;

  constructor(facts: PageFacts, { basePath }: Pick<Settings, "basePath">, { random, clock, notice }: PageParts) {
    this.#facts = facts;
    this.#random = random;
    this.#basePath = basePath;
    this.reports = new PageReports(clock, notice);
  }

  /** Any of {@link PAGES}: what is shown there is the document's own affair. */
  document(call: Call, part: PagesPart): Response {
    const files = this.#read();
    if (files === null) return errorAnswer(call, "not_found", NOT_BUILT);
    const nonce = encodeBase64Url(this.#random.bytes(18));
    const registration = this.#facts.registration && part !== "administrators";
    const facts = attribute(JSON.stringify({ ...this.#facts, registration, part }));
    const html = files.document
      .replace('name="counterfoil" content="{}"', () => `name="counterfoil" content="${facts}"`)
      .replaceAll("<script ", `<script nonce="${nonce}" `);
    return this.#html(call, 200, html, nonce);
  }

  /** What a browser is shown where nothing is: nothing of the path is in it. `null` where the pages were not built. */
  unknown(call: Call): Response | null {
    const files = this.#read();
    if (files === null) return null;
    const [style = ""] = /<link rel="stylesheet"[^>]*>/.exec(files.document) ?? [];
    const html = UNKNOWN_PAGE.replace("<style>", () => style).replaceAll('"./', `"${this.#basePath}/`);
    return this.#html(call, 404, html, encodeBase64Url(this.#random.bytes(18)));
  }

  asset(call: Call): Response {
    const name = call.params["name"] ?? "";
    // The Lab's are for the demonstration (packages/console/vite.config.ts).
    const isOurs = this.#facts.apiUrl !== null || !name.startsWith("lab-");
    const file = isOurs ? this.#read()?.assets.get(name) : undefined;
    // Its name is of its content: it is the same for ever.
    return this.#file(call, file, "public, max-age=31536000, immutable");
  }

  icon(call: Call): Response {
    return this.#file(call, this.#read()?.icon, "public, max-age=86400");
  }

  #file(call: Call, file: PageFile | undefined, caching: string): Response {
    if (file === undefined) return errorAnswer(call, "not_found");
    const packed = ACCEPTS_GZIP.test(call.request.headers.get("accept-encoding") ?? "");
    return new Response(packed ? file.gzip : file.body, {
      headers: {
        ...SECURITY_HEADERS,
        "Content-Type": file.type,
        ...(packed && { "Content-Encoding": "gzip" }),
        Vary: "Accept-Encoding",
        "Cache-Control": caching,
        "Request-Id": call.context.requestId,
      },
    });
  }

  #html(call: Call, status: number, html: string, nonce: string): Response {
    return new Response(html, {
      status,
      headers: {
        ...SECURITY_HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        ...pagePolicy({ nonce, basePath: this.#basePath, apiUrl: this.#facts.apiUrl }),
        "Request-Id": call.context.requestId,
      },
    });
  }

  #read(): PageFiles | null {
    if (this.#files === undefined) this.#files = readPageFiles();
    return this.#files;
  }
}

function attribute(text: string): string {
  return text.replaceAll("&", "&amp;").replaceAll('"', "&quot;").replaceAll("<", "&lt;");
}

/** Without a script: it is a sentence and a link, wherever below the host it was asked for. */
const UNKNOWN_PAGE = `<!doctype html>
<html lang="en">
  <head>
    <meta charset="utf-8" />
    <meta name="viewport" content="width=device-width, initial-scale=1" />
    <meta name="color-scheme" content="light dark" />
    <title>Not found · Counterfoil</title>
    <link rel="icon" href="./icon.svg" />
    <style>
  </head>
  <body>
    <main>
      <h1>There is nothing at this address</h1>
      <p>It may have been mistyped, or what was there is gone.</p>
      <p><a href="./">Go to the start page</a></p>
    </main>
  </body>
</html>
`;

const ACCEPTS_GZIP = /\bgzip\b(?!\s*;\s*q=0(?:\.0*)?\s*(?:,|$))/i;

const NOT_BUILT = "The web pages were not built: `npm run build` in a checkout. The API needs none of them.";
