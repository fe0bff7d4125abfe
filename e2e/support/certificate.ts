import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate for `localhost` that nobody has signed but its own key. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate is, for whoever is to trust it. */
  readonly path: string;
}

export function selfSigned(directory: string): Certificate {
  const keyPath = join(directory, "tls.key");
  const path = join(directory, "tls.crt");
  const subject = ["-subj", "/CN=localhost", "-addext", "subjectAltName=DNS:localhost"];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyPath];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, "-out", path, ...subject], { stdio: "ignore" });
  return { key: readFileSync(keyPath, "utf8"), cert: readFileSync(path, "utf8"), path };
}
