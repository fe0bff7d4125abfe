import { ACCESS_TOKEN_TYPE, encodeBase64Url } from "@counterfoil/protocol";
import { systemClock } from "@counterfoil/core";
import { z } from "zod";
import { json } from "../../http/answer.ts";
import { readBody } from "../../http/body.ts";
import { refuse } from "../../http/refusal.ts";
import type { Route } from "../../http/route.ts";
import type { Services } from "../../services.ts";
import { forLabPage } from "./for-lab-page.ts";

/**
 * What may be wrong with a specimen. Each is refused by whoever checks a token as it should be checked, so that none of
 * them opens anything, here or in the sample API: there is no specimen without a flaw.
 */
const FLAWS = ["expired", "without_exp", "long_life", "wrong_audience"] as const;
type Flaw = (typeof FLAWS)[number];

const SpecimenBody = z.strictObject({ flaw: z.enum(FLAWS, `expected ${FLAWS.join(", ")}`) });

const HOUR = 3600;
const YEAR = 365 * 24 * HOUR;

/** Nobody's: were a specimen taken anywhere in spite of its flaw, there would be no such user and no such session. */
const NOBODY = "specimen";

function claimsOf(flaw: Flaw, issuer: string, audience: string, now: number): Readonly<Record<string, unknown>> {
  const claims = {
    iss: issuer,
    sub: NOBODY,
    aud: audience,
    exp: now + HOUR / 6,
    iat: now,
    jti: NOBODY,
    sid: NOBODY,
    client_id: NOBODY,
    auth_time: now,
    amr: ["pwd"],
    roles: [],
    claims_version: 1,
  };
  switch (flaw) {
    case "expired":
      return { ...claims, iat: now - HOUR, auth_time: now - HOUR, exp: now - HOUR + HOUR / 6 };
    case "without_exp": {
      const { exp: _, ...rest } = claims;
      return rest;
    }
    case "long_life":
      return { ...claims, exp: now + YEAR };
    case "wrong_audience":
      return { ...claims, aud: "https://another-service.example" };
  }
}

function specimenOf(flaw: Flaw, { settings, keys }: Services): string {
  const key = keys.current;
  const now = Math.floor(systemClock.now() / 1000);
  const header = { alg: key.algorithm, typ: ACCESS_TOKEN_TYPE, kid: key.kid };
  const signed = `${part(header)}.${part(claimsOf(flaw, settings.issuer, settings.audience[0]!, now))}`;
  return `${signed}.${encodeBase64Url(key.sign(encoder.encode(signed)))}`;
}

const encoder = new TextEncoder();
const part = (value: object) => encodeBase64Url(encoder.encode(JSON.stringify(value)));

/** The Lab's routes on tokens that are no good. There are none of them but in the demonstration. */
export function labSpecimens(): readonly Route[] {
  return [specimen, refusal];
}

/**
 * `POST /lab/specimens`: a token with a flaw that lies in its claims, signed with the server's own key: with any other
 * the signature would be refused before a claim is read.
 */
const specimen: Route = {
  method: "POST",
  path: "/lab/specimens",
  about: {
    operation: "labSpecimen",
    summary: "A token of nobody's that has one flaw in its claims, and a good signature: to see it refused.",
    access: "anyone",
    body: SpecimenBody,
    answers: { 200: z.object({ token: z.string() }) },
    errors: [],
  },
  handle: forLabPage(async (services, call) => {
    const { flaw } = await readBody(call.request, SpecimenBody);
    return json(call, 200, { token: specimenOf(flaw, services) });
  }),
};

/** `GET /lab/refusals/{request}`: what the event log says of a refusal, of which the answer tells the code alone. */
const refusal: Route = {
  method: "GET",
  path: "/lab/refusals/:request",
  about: {
    operation: "labRefusal",
    summary: "Why a request was refused, as the event log has it; by its Request-Id.",
    access: "anyone",
    answers: { 200: z.object({ code: z.string(), reason: z.string(), detail: z.string().nullable() }) },
    errors: ["csrf_refused", "not_found"],
  },
  handle: forLabPage(async (services, call) => {
    const { recorder, ledger } = services;
    await recorder.flush();
    const events = await ledger.readEvents({ requestId: call.params["request"] ?? "", limit: 10 });
    for (const { body } of events) {
      if (body.type === "refused")
        return json(call, 200, { code: body.code, reason: body.reason, detail: body.detail });
    }
    const sentence = "The event log has no refusal of that request.";
    return refuse(services, call, { code: "not_found", reason: "malformed", sentence });
  }),
};
