import type { Environment, ServerConfiguration } from "../config/environment.ts";
import { VARIABLES } from "../config/variables.ts";
import type { Finding } from "./finding.ts";
import { ok, problem, warning } from "./finding.ts";

/** What `serve` would refuse to start with. @param unknown names that are no settings; @param fault its sentence */
export function checkConfiguration(unknown: readonly string[], fault: string | null): readonly Finding[] {
  const findings = unknown.map((name) =>
    problem("configuration", `${name} is no setting, so \`serve\` does not start.`, meant(name)),
  );
  if (fault !== null) findings.push(problem("configuration", fault, "Correct it: `serve` does not start with it."));
  return findings.length > 0
    ? findings
    : [ok("configuration", "Every setting is one, and has a value that it may have.")];
}

function meant(name: string): string {
  const near = Object.keys(VARIABLES).find((known) => distance(known, name) <= 2);
  return near === undefined ? "Take it away." : `${near} may be meant.`;
}

/** Levenshtein's. */
function distance(left: string, right: string): number {
  let row = Array.from({ length: right.length + 1 }, (_, index) => index);
  for (let index = 1; index <= left.length; index++) {
    const next = [index];
    for (let column = 1; column <= right.length; column++) {
      const changed = row[column - 1]! + (left[index - 1] === right[column - 1] ? 0 : 1);
      next.push(Math.min(changed, row[column]! + 1, next[column - 1]! + 1));
    }
    row = next;
  }
  return row[right.length]!;
}

/** What works, and costs safety: a line for each. */
export function checkWeakness({ options, trustProxy }: ServerConfiguration): readonly Finding[] {
  const findings: Finding[] = [];
  const secure = options.issuer.startsWith("https:");
  const weak = (sentence: string, remedy: string) => findings.push(warning("settings", sentence, remedy));
  if (options.insecureHttp === true) {
    weak("Plain HTTP is allowed beyond this machine: credentials can be read on the way.", "End TLS in front of it.");
  } else if (!secure) {
    weak("The issuer is plain http, for development on this machine only.", "Set an https: COUNTERFOIL_ISSUER.");
  }
  if (secure && trustProxy === null) {
    weak(
      "The issuer is https, and no proxy is named: behind one all clients are one address to the limits.",
      "Name it with COUNTERFOIL_TRUST_PROXY.",
    );
  }
  if (options.cookieDomain !== undefined) {
    weak(
      `The cookie is shared among the subdomains of ${options.cookieDomain}: each can plant a session of its own.`,
      "Mount the server under the application's own host, and leave COUNTERFOIL_COOKIE_DOMAIN out.",
    );
  }
  if (options.algorithm === "HS256") {
    weak("HS256: every service that verifies can mint tokens.", "Leave COUNTERFOIL_ALGORITHM out: ES256.");
  }
  if (options.registration === "open") {
    weak("Anybody may register, whatever address they come from.", "Leave COUNTERFOIL_REGISTRATION out: closed.");
  }
  if ((options.passwordMinLength ?? 15) < 15) {
    weak(
      `New passwords may have ${options.passwordMinLength} characters: without a second factor, 15 is the least (NIST SP 800-63B).`,
      "Leave COUNTERFOIL_PASSWORD_MIN_LENGTH out: 15.",
    );
  }
  if ((options.accessTokenTtlSeconds ?? 0) > 600) {
    weak(
      `Access tokens live ${options.accessTokenTtlSeconds} seconds: so long whoever does not follow the feed accepts them.`,
      "Leave COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS out: 600.",
    );
  }
  return findings.length > 0 ? findings : [ok("settings", "No setting trades safety away.")];
}

/** The names that begin like ours and are none. */
export function unknownVariables(environment: Environment): readonly string[] {
  return Object.keys(environment).filter((name) => {
    if (!name.startsWith("COUNTERFOIL_") || name in VARIABLES) return false;
    const base = name.replace(/_FILE$/, "");
    return !(name.endsWith("_FILE") && base in VARIABLES && "secret" in VARIABLES[base as keyof typeof VARIABLES]);
  });
}
