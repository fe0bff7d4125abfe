import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync } from "node:fs";
import { join } from "node:path";

/** A certificate that nobody has signed but its own key. */
export interface Certificate {
  readonly key: string;
  readonly cert: string;
  /** Where the certificate is, for whoever is to trust it. */
  readonly path: string;
  /** The SHA-256 of its public key in base64, as Chromium takes the keys that it is to trust. */
  readonly publicKeyHash: string;
}

export function selfSigned(directory: string, hosts: readonly [string, ...string[]] = ["localhost"]): Certificate {
  const keyPath = join(directory, "tls.key");
  const path = join(directory, "tls.crt");
  const names = hosts.map((host) => `DNS:${host}`).join(",");
  const subject = ["-subj", `/CN=${hosts[0]}`, "-addext", `subjectAltName=${names}`];
  const key = ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", keyPath];
  execFileSync("openssl", ["req", "-x509", "-days", "2", ...key, "-out", path, ...subject], { stdio: "ignore" });
  const cert = readFileSync(path, "utf8");
  const publicKey = new X509Certificate(cert).publicKey.export({ type: "spki", format: "der" });
  const publicKeyHash = createHash("sha256").update(publicKey).digest("base64");
  return { key: readFileSync(keyPath, "utf8"), cert, path, publicKeyHash };
}
