import { existsSync } from "node:fs";
import { isIP } from "node:net";
import { ConfigurationError, systemClock, systemRandom } from "@counterfoil/core";
import type { Environment, ServerConfiguration } from "../config/environment.ts";
import { readConfiguration, readOtherSecrets } from "../config/environment.ts";
import { ensureGeneratedSecret, generatedSecretPath } from "../config/generated-secret.ts";
import { ledgerAt } from "../config/ledger.ts";
import { secretOption, secretsOf, secretSource } from "../config/secret-source.ts";
import type { SecretSource } from "../config/secret-source.ts";
import { isLoopback } from "../config/settings.ts";
import { parseTrustedProxies } from "../http/remote-address.ts";
import type { CounterfoilOptions } from "../options.ts";

export interface ServeConfiguration extends Omit<ServerConfiguration, "options"> {
  readonly options: CounterfoilOptions;
}

/**
 * What `counterfoil serve` runs with. Where nothing is configured there is a server on loopback with an embedded
 * ledger and a secret of its own; what goes beyond loopback has to be said.
 *
 * @throws ConfigurationError that names the setting and the accepted form
 */
export function serveConfiguration(environment: Environment): ServeConfiguration {
  const configuration = readConfiguration(environment);
  const { options, dataDirectory } = configuration;
  const { loopback } = checkPlaces(configuration);
  const given = secretSource(environment, dataDirectory);
  const source =
    given?.kind === "environment" || given?.owner === "operator"
      ? given
      : ownSecret(options.ledger, loopback, dataDirectory);
  // The sentence names the file; whatever is wrong with a variable, the options' own check says.
  if (source.kind === "file") secretsOf(source);
  const secret = secretOption(source);
  return { ...configuration, options: { ...options, secret, ...readOtherSecrets(environment) } };
}

/**
 * What `serve` refuses of where it listens, whom it trusts and where its ledger is. Nothing is read or made: a wrong
 * setting stops the start before a secret or a ledger is there, and `doctor` asks the same.
 *
 * @returns whether it listens on this machine alone
 * @throws ConfigurationError that names the setting and the accepted form
 */
export function checkPlaces(configuration: ServerConfiguration): { readonly loopback: boolean } {
  const { options, host, admin, trustProxy, insecureHttp } = configuration;
  const beyond = [host, ...(admin === null ? [] : [admin.host])].find((each) => !isLoopbackAddress(each));
  const loopback = beyond === undefined;
  if (!loopback && trustProxy === null && !insecureHttp) {
    throw new ConfigurationError(
      `Listening on ${beyond} means plain HTTP beyond this machine: name the proxy that ends TLS with --trust-proxy (such as --trust-proxy 10.0.0.0/8), or say --insecure-http.`,
    );
  }
  checkPorts(configuration);
  if (trustProxy !== null) parseTrustedProxies(trustProxy);
  ledgerAt(options.ledger, systemClock, systemRandom);
  return { loopback };
}

/** Each listener needs a place of its own: the second one would be told that something else has it. */
function checkPorts({ host, port, admin, metrics }: ServerConfiguration): void {
  const places = [
    { setting: "COUNTERFOIL_PORT (--port)", host, port },
    ...(admin === null ? [] : [{ setting: "COUNTERFOIL_ADMIN_PORT (--admin-port)", ...admin }]),
    ...(metrics === null ? [] : [{ setting: "COUNTERFOIL_METRICS_PORT (--metrics-port)", ...metrics }]),
  ];
  for (const [index, one] of places.entries()) {
    const other = places.slice(index + 1).find((each) => each.port === one.port && meet(each.host, one.host));
    if (other !== undefined) {
      throw new ConfigurationError(
        `${one.setting} and ${other.setting} are both ${one.port}: give each a port of its own.`,
      );
    }
  }
}

/** Whether one port cannot be listened on at both. */
function meet(one: string, other: string): boolean {
  const [left, right] = [one, other].map((host) => (host === "localhost" ? "127.0.0.1" : host.toLowerCase()));
  return left === right || takesIn(left, right) || takesIn(right, left);
}

/** Only IPv6's wildcard takes in both families. */
function takesIn(wide = "", narrow = ""): boolean {
  return wide === "::" || (wide === "0.0.0.0" && isIP(narrow) !== 6);
}

/** Whether an address to listen on is reached from this machine alone. */
export function isLoopbackAddress(host: string): boolean {
  return isLoopback(isIP(host) === 6 ? `[${host}]` : host) || /^127\.\d+\.\d+\.\d+$/.test(host);
}

function ownSecret(ledger: string, loopback: boolean, dataDirectory: string): SecretSource {
  if (loopback && ledger.startsWith("sqlite:")) {
    return { kind: "file", path: ensureGeneratedSecret(dataDirectory), owner: "ours" };
  }
  const path = generatedSecretPath(dataDirectory);
  const there = existsSync(path)
    ? ` Where the ledger came from ${dataDirectory}, or other servers have its secret, set COUNTERFOIL_SECRET_FILE=${path} instead.`
    : "";
  throw new ConfigurationError(
    `COUNTERFOIL_SECRET is not set, and one is generated only for SQLite on loopback: run \`counterfoil secret\` and set it to what that prints.${there}`,
  );
}
