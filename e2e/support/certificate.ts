import { execFileSync } from "node:child_process";
import { createHash, X509Certificate } from "node:crypto";
import { readFileSync, writeFileSync } from "node:fs";
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

/** A key and the certificate that an authority has given it, each in a file. */
export interface Issued {
  readonly keyPath: string;
  readonly certPath: string;
}

export interface IssueOptions {
  /** Such as `DNS:localhost` or `IP:127.0.0.1`. */
  readonly names: readonly string[];
  /** Below 0, it has expired. */
  readonly days?: number;
}

/** A certificate authority of a test's own. */
export interface Authority {
  /** Where its certificate is, for whoever is to trust what it issues. */
  readonly path: string;
  issue(commonName: string, options?: IssueOptions): Issued;
}

export function certificateAuthority(directory: string, name: string): Authority {
  const at = (file: string) => join(directory, `${name}-${file}`);
  const openssl = (...args: readonly string[]) => execFileSync("openssl", args, { stdio: "ignore" });
  const newKey = (path: string) => ["-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:P-256", "-nodes", "-keyout", path];
  const path = at("authority.crt");
  openssl("req", "-x509", "-days", "2", ...newKey(at("authority.key")), "-out", path, "-subj", `/CN=${name}`);
  let issued = 0;
  return {
    path,
    issue(commonName, { names, days = 2 } = { names: [] }) {
      const file = at(String(issued++));
      const [keyPath, certPath, request, extensions] = [".key", ".crt", ".csr", ".ext"].map((end) => file + end) as [
        string,
        string,
        string,
        string,
      ];
      openssl("req", "-new", ...newKey(keyPath), "-out", request, "-subj", `/CN=${commonName}`);
      writeFileSync(extensions, names.length === 0 ? "" : `subjectAltName=${names.join(",")}\n`);
      const signed = ["-CA", path, "-CAkey", at("authority.key"), "-CAcreateserial", "-days", String(days)];
      openssl("x509", "-req", "-in", request, ...signed, "-extfile", extensions, "-out", certPath);
      return { keyPath, certPath };
    },
  };
}
