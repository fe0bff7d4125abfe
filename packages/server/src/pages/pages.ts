import type { Random } from "@counterfoil/core";
import { encodeBase64Url } from "@counterfoil/protocol";
import type { Settings } from "../config/settings.ts";
import { errorAnswer } from "../http/answer.ts";
import type { Call } from "../http/call.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import { readPageFiles } from "./page-files.ts";
import type { PageFile, PageFiles } from "./page-files.ts";

/** Where the web pages are, below the path of the issuer. None of them is a route of the API's. */
export const PAGES = {
  home: "/",
  signIn: "/sign-in",
  createAccount: "/create-account",
  account: "/account",
  administration: "/administration",
} as const;

/** What a page has to know before it asks for anything; nothing of any user's. */
export interface PageFacts {
  readonly registration: boolean;
  /** Whether users have their passwords here, and may change them. */
  readonly ownPasswords: boolean;
  /** The demonstration's sample API, where there is one: the Lab is at `/` then. */
  readonly apiUrl: string | null;
}

/** The web pages: one document, and the files that it loads. */
export class Pages {
  readonly #facts: PageFacts;
  readonly #random: Random;
  readonly #basePath: string;
  #files: PageFiles | null | undefined;

  constructor(facts: PageFacts, { basePath }: Pick<Settings, "basePath">, random: Random) {
    this.#facts = facts;
    this.#random = random;
    this.#basePath = basePath;
  }

  /** Any of {@link PAGES}: what is shown there is the document's own affair. */
  document(call: Call): Response {
    const files = this.#read();
    if (files === null) return errorAnswer(call, "not_found", NOT_BUILT);
    const nonce = encodeBase64Url(this.#random.bytes(18));
    const facts = JSON.stringify(this.#facts).replaceAll("&", "&amp;").replaceAll('"', "&quot;");
    const html = files.document
      .replace('name="counterfoil" content="{}"', `name="counterfoil" content="${facts}"`)
      .replaceAll("<script ", `<script nonce="${nonce}" `);
    return new Response(html, {
      headers: {
        ...SECURITY_HEADERS,
        "Content-Type": "text/html; charset=utf-8",
        "Content-Security-Policy": this.#policy(nonce),
        // No other site's window holds a reference to this one, nor this to theirs (ASVS V3.4.8).
        "Cross-Origin-Opener-Policy": "same-origin",
        "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=(), usb=()",
        "Request-Id": call.context.requestId,
      },
    });
  }

  asset(call: Call): Response {
    const file = this.#read()?.assets.get(call.params["name"] ?? "");
    // Its name is of its content: it is the same for ever.
    return this.#file(call, file, "public, max-age=31536000, immutable");
  }

  icon(call: Call): Response {
    return this.#file(call, this.#read()?.icon, "public, max-age=86400");
  }

  #file(call: Call, file: PageFile | undefined, caching: string): Response {
    if (file === undefined) return errorAnswer(call, "not_found");
    return new Response(file.body, {
      headers: { ...SECURITY_HEADERS, "Content-Type": file.type, "Cache-Control": caching },
    });
  }

  /** Scripts by nonce, and what they load (CSP3 'strict-dynamic'); the rest from this server's own folder alone. */
  #policy(nonce: string): string {
    const { apiUrl } = this.#facts;
    const assets = `'self'`;
    const api = apiUrl === null ? "" : ` ${apiUrl} ${apiUrl.replace(/^http/, "ws")}`;
    return [
      "default-src 'none'",
      `script-src 'nonce-${nonce}' 'strict-dynamic'`,
      `style-src ${assets}`,
      `img-src ${assets}`,
      `connect-src 'self'${api}`,
      ...(apiUrl === null ? [] : [`frame-src ${otherSiteOf(apiUrl)}`]),
      "form-action 'self'",
      "base-uri 'none'",
      "object-src 'none'",
      "frame-ancestors 'none'",
      "require-trusted-types-for 'script'",
      `report-uri ${this.#basePath}/page-reports`,
    ].join("; ");
  }

  #read(): PageFiles | null {
    if (this.#files === undefined) this.#files = readPageFiles();
    return this.#files;
  }
}

/** The demonstration's page of another site: the same port under the address, which to a browser is another site. */
function otherSiteOf(apiUrl: string): string {
  return `http://127.0.0.1:${new URL(apiUrl).port}`;
}

const NOT_BUILT = "The web pages were not built: `npm run build` in a checkout. The API needs none of them.";
