import { spawn } from "node:child_process";
import { once } from "node:events";
import { existsSync } from "node:fs";
import { writeFile } from "node:fs/promises";
import { connect } from "node:net";
import { join } from "node:path";
import { text } from "node:stream/consumers";
import { setTimeout as sleep } from "node:timers/promises";
import { temporaryDirectory } from "../directory.ts";

const PROGRAM = ["/usr/sbin/haproxy", "/usr/local/sbin/haproxy", "/usr/bin/haproxy"].find((path) => existsSync(path));

/** A real HAProxy in front of servers of this machine. */
export interface Balancer extends AsyncDisposable {
  readonly port: number;
  /** Which servers it sends requests to. */
  up(): Promise<readonly string[]>;
}

interface Backend {
  readonly name: string;
  readonly port: number;
}

/** What the balancer says where no server does: as a server says that it cannot, so nobody takes it for a refusal. */
const UNAVAILABLE = [
  "HTTP/1.1 503 Service Unavailable",
  "Content-Type: application/json; charset=utf-8",
  "Cache-Control: no-store",
  "Retry-After: 1",
  "X-Content-Type-Options: nosniff",
  "Referrer-Policy: no-referrer",
  "Cross-Origin-Resource-Policy: same-origin",
  "Content-Security-Policy: default-src 'none'; frame-ancestors 'none'",
  "",
  '{"error":"No server can answer right now. Try again shortly.","code":"unavailable"}',
].join("\r\n");

/** @param host of the issuer, which the servers answer for */
function configuration(folder: string, port: number, host: string, servers: readonly Backend[]): string {
  const answer = join(folder, "unavailable.http");
  return `global
  maxconn 4000
  stats socket ${join(folder, "admin.sock")} mode 600

defaults
  mode http
  timeout connect 1s
  timeout client 60s
  # Longer than a server takes to say 503 while its database does not answer, and than a stream is silent.
  timeout server 60s
  timeout check 1s
  # Who cannot be reached has not begun anything, so another server is asked; nothing that was sent is sent twice.
  retries 3
  option redispatch 1
  retry-on conn-failure
  # The balancer's own errors, of a server that is gone in the middle of an answer and of none left, say when to come
  # again: 502, or a 503 without Retry-After, would be an answer that no server gives.
  errorfile 502 ${answer}
  errorfile 503 ${answer}
  errorfile 504 ${answer}

frontend public
  bind 127.0.0.1:${port}
  option forwardfor
  default_backend counterfoil

backend counterfoil
  balance roundrobin
  # Ready is who has just read the ledger: not who only answers.
  option httpchk
  http-check send meth GET uri /readyz ver HTTP/1.1 hdr Host ${host}
  http-check expect status 200
  default-server check inter 500ms fastinter 100ms downinter 250ms fall 2 rise 1
${servers.map(({ name, port: at }) => `  server ${name} 127.0.0.1:${at}`).join("\n")}
`;
}

export async function startBalancer(port: number, host: string, servers: readonly Backend[]): Promise<Balancer> {
  if (PROGRAM === undefined) throw new Error("HAProxy is not installed: apt install haproxy.");
  const directory = await temporaryDirectory();
  const [config, socket] = [join(directory.path, "haproxy.cfg"), join(directory.path, "admin.sock")];
  await writeFile(join(directory.path, "unavailable.http"), UNAVAILABLE);
  await writeFile(config, configuration(directory.path, port, host, servers));
  // In the foreground, as a child: it ends by its own id.
  const child = spawn(PROGRAM, ["-db", "-q", "-f", config], { stdio: ["ignore", "pipe", "pipe"] });
  const said = text(child.stderr);
  const ended = once(child, "exit");
  for (let attempt = 0; !existsSync(socket); attempt++) {
    if (child.exitCode !== null) throw new Error(`HAProxy does not start: ${await said}`);
    if (attempt > 500) throw new Error("HAProxy does not start.");
    await sleep(10);
  }
  return {
    port,
    async up() {
      const answered = connect(socket);
      answered.write("show stat\n");
      const lines = (await text(answered)).split("\n").map((line) => line.split(","));
      const columns = lines[0] ?? [];
      const [name, status] = [1, columns.indexOf("status")];
      return servers
        .filter((server) => lines.some((line) => line[name] === server.name && line[status]?.startsWith("UP") === true))
        .map((server) => server.name);
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode === null && child.signalCode === null) child.kill("SIGTERM");
      await ended;
      await directory[Symbol.asyncDispose]();
    },
  };
}
