import { CounterfoilError, takeFrom } from "@counterfoil/core";
import type { Clock } from "@counterfoil/core";
import { readBodyText } from "../http/body-text.ts";
import type { Call } from "../http/call.ts";
import type { NoticeSink } from "../notice.ts";

/** What a browser says that a page tried against its policy. All of it is the sender's word. */
export interface PageReport {
  /** The directive that forbade it, or `other`. */
  readonly directive: string;
  /** What was to be loaded or run: an address without its query, or a word such as `inline`. */
  readonly blocked: string | null;
  readonly page: string | null;
  readonly source: string | null;
  readonly line: number | null;
}

/** Of all pages together: somebody's browser extension must not fill the log, nor must anybody who calls himself a browser. */
const TOLD = { burst: 10, refillSeconds: 6 };
/** A browser gathers some before it sends them. */
const MAX_REPORTS = 10;
const TEXT_LENGTH = 200;

/** Browsers' reports about the pages: a line of the log each, as long as they are few. */
export class PageReports {
  readonly #clock: Pick<Clock, "monotonic">;
  readonly #notice: NoticeSink;
  #fullAt = 0;
  #untold = 0;

  constructor(clock: Pick<Clock, "monotonic">, notice: NoticeSink) {
    this.#clock = clock;
    this.#notice = notice;
  }

  /**
   * @throws CounterfoilError `unsupported_media_type`, `payload_too_large` or `invalid_request` if it is no report
   */
  async take({ request, context }: Call): Promise<void> {
    const type = request.headers.get("content-type")?.split(";")[0]!.trim().toLowerCase();
    if (type !== "application/csp-report" && type !== "application/reports+json") {
      throw new CounterfoilError("unsupported_media_type", "A report is application/csp-report or reports+json.");
    }
    for (const report of reportsIn(parseJson(await readBodyText(request)))) {
      const from = takeFrom(TOLD, this.#fullAt, this.#clock.monotonic());
      this.#fullAt = from.fullAt;
      if (!from.fits) {
        this.#untold++;
        continue;
      }
      this.#notice({ type: "page_report", report, untold: this.#untold, context });
      this.#untold = 0;
    }
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text) as unknown;
  } catch {
    throw new CounterfoilError("invalid_request", "The report is not JSON.");
  }
}

/** One of `report-uri` (CSP3 §5.3), or a list of the Reporting API's; what is neither says nothing. */
function reportsIn(value: unknown): readonly PageReport[] {
  if (!Array.isArray(value)) {
    const body = member(value, "csp-report");
    return typeof body === "object" && body !== null ? [reportOf(body, KEBAB)] : [];
  }
  const violations = value.filter((each: unknown) => member(each, "type") === "csp-violation");
  return violations.slice(0, MAX_REPORTS).map((each: unknown) => reportOf(member(each, "body"), CAMEL));
}

const KEBAB = {
  directive: "effective-directive",
  blocked: "blocked-uri",
  page: "document-uri",
  source: "source-file",
  line: "line-number",
};
const CAMEL: typeof KEBAB = {
  directive: "effectiveDirective",
  blocked: "blockedURL",
  page: "documentURL",
  source: "sourceFile",
  line: "lineNumber",
};

function reportOf(body: unknown, names: typeof KEBAB): PageReport {
  const directive = member(body, names.directive);
  const line = member(body, names.line);
  return {
    directive: typeof directive === "string" && /^[a-z-]{1,40}$/.test(directive) ? directive : "other",
    blocked: addressOf(member(body, names.blocked)),
    page: addressOf(member(body, names.page)),
    source: addressOf(member(body, names.source)),
    line: Number.isSafeInteger(line) ? (line as number) : null,
  };
}

function member(value: unknown, name: string): unknown {
  return typeof value === "object" && value !== null ? (value as Record<string, unknown>)[name] : undefined;
}

/** Without query and fragment, where secrets are; of `data:` and the like the scheme alone. */
function addressOf(value: unknown): string | null {
  if (typeof value !== "string" || value === "") return null;
  if (!URL.canParse(value)) return /^[\w-]{1,40}$/.test(value) ? value : "other";
  const { protocol, host, pathname } = new URL(value);
  // Whatever is beyond ASCII is escaped in both, so that nothing here moves a cursor (ASVS V16.4.1).
  return host === "" ? protocol : `${protocol}//${host}${pathname}`.slice(0, TEXT_LENGTH);
}
