import { execFile } from "node:child_process";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { expect, test } from "vitest";
import { selfSigned } from "./support/certificate.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { forward, openFront } from "./support/front.ts";
import { freePort } from "./support/port.ts";
import { startServer } from "./support/server.ts";
import { addVerifier, startService } from "./support/service.ts";
import { KAVYA, signIn } from "./support/sign-in.ts";

import { addUsers } from "./support/user.ts";

const SERVICE = fileURLToPath(new URL("support/verify-once.ts", import.meta.url));

test("R142 a service follows over TLS the server whose certificate it trusts, and no other", async () => {
  await using directory = await temporaryDirectory();
  const data = directory.path;
  const certificate = selfSigned(data);
  await addUsers(data, [KAVYA]);
  const port = await freePort();
  await using tls = await openFront(certificate, (incoming, outgoing) => forward(port, incoming, outgoing));
  const issuer = `https://localhost:${tls.port}`;
  await using server = await startServer({ data, port, issuer, flags: ["--trust-proxy", "127.0.0.1"] });
  const credential = await addVerifier(data, "api");
  const { access } = await signIn(server, KAVYA);

  await using stranger = startService({ issuer, credential });
  expect(await stranger.check(access)).toBe("503 cold");
  expect(stranger.verifier.status.lastError?.message).toMatch(/DEPTH_ZERO_SELF_SIGNED_CERT/);
  expect(stranger.verifier.status.connects).toBe(0);

  const env = { ...process.env, NODE_EXTRA_CA_CERTS: certificate.path };
  const args = ["--conditions=@counterfoil/source", SERVICE, issuer, credential, access];
  const { stdout } = await promisify(execFile)(process.execPath, args, { env });
  expect(stdout).toBe("accepted\n");
});

test("R142 over plain http a service follows this machine alone, unless it is told otherwise by name", async () => {
  const place = { issuer: "http://auth.example.com", credential: `cfv_${"A".repeat(48)}` };
  expect(() => startService(place)).toThrow(/insecureHttp/);
});
