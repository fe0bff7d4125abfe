import assert from "node:assert/strict";
import { createVerifier } from "@counterfoil/verifier/node";
import type { NodeVerifier, NodeVerifierOptions } from "@counterfoil/verifier/node";
import type { Directory } from "./directory.ts";
import { temporaryDirectory } from "./directory.ts";
import type { Link } from "./link.ts";
import { openLink } from "./link.ts";
import { freePort } from "./port.ts";
import { run } from "./process.ts";
import type { Server } from "./server.ts";
import { startServer } from "./server.ts";
import { ARJUN, KAVYA } from "./sign-in.ts";
import { addUsers } from "./user.ts";

/** A real server, a network that can be cut, and what services on its other side need. */
export interface Place extends AsyncDisposable {
  readonly directory: Directory;
  readonly link: Link;
  readonly issuer: string;
  readonly credential: string;
  /** The one that runs now: tests talk to it directly, services through the link. */
  server: Server;
  /** Another one in its place, on the same ledger. */
  startAgain(): Promise<void>;
}

export async function startPlace(): Promise<Place> {
  const directory = await temporaryDirectory();
  const data = directory.path;
  await addUsers(data, [{ ...KAVYA, roles: ["admin"] }, ARJUN]);
  const port = await freePort();
  const link = await openLink(() => port);
  const issuer = `http://localhost:${link.port}`;
  const credential = await addVerifier(data, "api");
  const place: Place = {
    directory,
    link,
    issuer,
    credential,
    server: await startServer({ data, port, issuer }),
    async startAgain() {
      place.server = await startServer({ data, port, issuer });
    },
    async [Symbol.asyncDispose]() {
      await place.server[Symbol.asyncDispose]();
      await link[Symbol.asyncDispose]();
      await directory[Symbol.asyncDispose]();
    },
  };
  return place;
}

/** Registers a service as an operator does; its credential. */
export async function addVerifier(data: string, name: string): Promise<string> {
  const added = await run(["verifiers", "add", name, "--data", data, "--json"]);
  assert.equal(added.code, 0, added.stderr);
  return (JSON.parse(added.stdout) as { readonly credential: string }).credential;
}

export interface Service extends AsyncDisposable {
  readonly verifier: NodeVerifier;
  /** `accepted`, or the status and the reason of the refusal. */
  check(token: string): Promise<string>;
}

/** A service that verifies locally, on the other side of the link. */
export function startService(
  place: Pick<Place, "issuer" | "credential">,
  options: Partial<NodeVerifierOptions> = {},
): Service {
  const { issuer, credential } = place;
  const verifier = createVerifier({ issuer, audience: issuer, credential, ...options });
  return {
    verifier,
    async check(token) {
      const seen = await verifier.verify(token);
      return seen.ok ? "accepted" : `${seen.status} ${seen.reason}`;
    },
    [Symbol.asyncDispose]: () => verifier[Symbol.asyncDispose](),
  };
}
