import { parseVerifierId, parseVerifierName, registerVerifier, VERIFIER_NAME_FORM } from "@counterfoil/core";
import type { Verifier, VerifierName } from "@counterfoil/core";
import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { json, noContent } from "../../answer.ts";
import { readBody } from "../../body.ts";
import { forAdmin } from "../../for-admin.ts";
import { NoQuery, readQuery } from "../../query.ts";
import { refuse } from "../../refusal.ts";
import type { Route } from "../../route.ts";
import { seconds } from "../../seconds.ts";
import type { VerifierContact } from "../../verifier-contacts.ts";

const VerifierJson = z.object({ id: z.string(), name: z.string(), created_at: z.int() });

const ListedVerifierJson = VerifierJson.extend({
  streams: z.int().describe("How many streams of the revocation feed it has open at this server process."),
  last_contact_at: z.int().nullable().describe("When this process last heard of it; `null`: not since it started."),
  staleness_seconds: z
    .number()
    .nullable()
    .describe("The age of what it knows of the feed from this process; `null` where it was told nothing here."),
});

function verifierJson({ id, name, createdAt }: Verifier): z.infer<typeof VerifierJson> {
  return { id, name, created_at: Math.floor(createdAt / 1000) };
}

function contactJson({ streams, lastAt, stalenessMs }: VerifierContact) {
  return {
    streams,
    last_contact_at: lastAt === null ? null : seconds(lastAt),
    staleness_seconds: stalenessMs === null ? null : stalenessMs / 1000,
  };
}

/** `GET /admin/verifiers`: the services that may introspect, without their credentials. */
export const adminListVerifiers: Route = {
  method: "GET",
  path: PATHS.adminVerifiers,
  about: {
    operation: "adminListVerifiers",
    summary:
      "Lists the services that may follow the revocation feed and introspect tokens, by name, without their credentials; and how each stands with the server process that answers.",
    access: "admin",
    answers: { 200: z.object({ verifiers: z.array(ListedVerifierJson) }) },
    errors: ["invalid_request"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const verifiers = await services.ledger.listVerifiers();
    const contacts = services.verifierContacts.of(verifiers.map(({ id }) => id));
    return json(call, 200, {
      verifiers: verifiers.map((verifier, index) => ({ ...verifierJson(verifier), ...contactJson(contacts[index]!) })),
    });
  }),
};

const AddBody = z.strictObject({
  name: z.string(`expected ${VERIFIER_NAME_FORM}`).transform((text, context): VerifierName => {
    const name = parseVerifierName(text);
    if (name !== null) return name;
    context.addIssue({ code: "custom", message: `expected ${VERIFIER_NAME_FORM}` });
    return z.NEVER;
  }),
});

/** `POST /admin/verifiers`: registers a service. Its credential is in this answer and nowhere else. */
export const adminAddVerifier: Route = {
  method: "POST",
  path: PATHS.adminVerifiers,
  about: {
    operation: "adminAddVerifier",
    summary:
      "Registers a service that may follow the revocation feed and introspect tokens. Its credential is in this answer and nowhere else.",
    access: "admin",
    body: AddBody,
    answers: { 201: VerifierJson.extend({ credential: z.string() }) },
    errors: ["invalid_request", "conflict"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const { name } = await readBody(call.request, AddBody);
    if (services.settings.algorithm === "HS256") {
      const sentence = "With HS256 every service that verifies holds the key that signs: verifiers take another one.";
      return refuse(services, call, { code: "invalid_request", reason: "conflict", sentence });
    }
    const added = await registerVerifier(services, name, call.context);
    if (added.outcome === "taken") {
      const sentence = "There is a verifier of that name already: take another, or remove that one first.";
      return refuse(services, call, { code: "conflict", reason: "conflict", sentence });
    }
    return json(call, 201, { ...verifierJson(added.verifier), credential: added.credential });
  }),
};

/** `DELETE /admin/verifiers/{id}`: its credential is refused from here on, on every server. */
export const adminRemoveVerifier: Route = {
  method: "DELETE",
  path: `${PATHS.adminVerifiers}/:id`,
  about: {
    operation: "adminRemoveVerifier",
    summary: "Takes a service's registration away: its credential is refused at once.",
    access: "admin",
    answers: { 204: null },
    errors: ["not_found"],
  },
  handle: forAdmin(async (services, call) => {
    readQuery(call.request, NoQuery);
    const id = parseVerifierId(call.params["id"] ?? "");
    const { context } = call;
    const removed = id && (await services.ledger.removeVerifier({ which: { id }, context }));
    if (removed?.outcome === "removed") return noContent(call);
    const sentence = "There is no such verifier: GET /admin/verifiers lists those that there are.";
    return refuse(services, call, { code: "not_found", reason: "unknown_verifier", sentence });
  }),
};
