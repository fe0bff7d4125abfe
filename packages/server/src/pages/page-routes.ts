import type { Call } from "../http/call.ts";
import { errorAnswer, noContent } from "../http/answer.ts";
import { SECURITY_HEADERS } from "../http/security-headers.ts";
import { PAGE_REPORTS_PATH } from "./page-policy.ts";
import { PAGES } from "./pages.ts";
import type { Pages, PagesPart } from "./pages.ts";

/** What one path of the pages answers to. */
export interface PageRoute {
  readonly method: "GET" | "POST";
  /** Below the path of the issuer. */
  readonly path: string;
  handle(call: Call): Promise<Response> | Response;
}

/** Those that are served in a part of the server; none is of the API, and no description of it has them. */
export function pageRoutes(pages: Pages, part: PagesPart): readonly PageRoute[] {
  return [
    ...pathsIn(part).map((path) => get(path, (call) => pages.document(call, part))),
    get("/assets/:name", (call) => pages.asset(call)),
    get("/icon.svg", (call) => pages.icon(call)),
    {
      method: "POST",
      path: PAGE_REPORTS_PATH,
      // Not behind the guard against forged requests: it acts for nobody, and browsers send reports without a cookie,
      // and some of them without saying where they come from.
      async handle(call) {
        await pages.reports.take(call);
        return noContent(call);
      },
    },
  ];
}

function get(path: string, handle: PageRoute["handle"]): PageRoute {
  return { method: "GET", path, handle };
}

/** Where a page of administration is not to be found, none of its addresses is either. */
function pathsIn(part: PagesPart): readonly string[] {
  const { administration, createAccount, ...others } = PAGES;
  switch (part) {
    case "whole":
      return Object.values(PAGES);
    case "administrators":
      return [...Object.values(others), administration];
    case "others":
      return [...Object.values(others), createAccount];
  }
}

/** The pages find everything from where they are: below the server's path, not beside it. */
export function answerWithSlash(call: Call, basePath: string): Response {
  if (call.method !== "GET") return errorAnswer(call, "not_found");
  return new Response(null, {
    status: 302,
    headers: { ...SECURITY_HEADERS, "Request-Id": call.context.requestId, Location: `${basePath}/` },
  });
}
