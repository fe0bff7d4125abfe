import { systemClock } from "@counterfoil/core";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import type { Jwk } from "@counterfoil/verifier";
import { createKernel, nodeSignatures } from "@counterfoil/verifier/node";
import { z } from "zod";
import { errorAnswer, json } from "../../../http/answer.ts";
import { readBody } from "../../../http/body.ts";
import type { Route, RouteDescription } from "../../../http/route.ts";
import type { Services } from "../../../services.ts";
import { forLabPage } from "../for-lab-page.ts";
import type { Lab } from "../lab.ts";
import { measureChecks } from "./checks.ts";
import { countLookUps } from "./look-ups.ts";

/** What the Lab compares sessions and tokens by, measured on this server. There are none of them but in the demonstration. */
export function labMeasures(lab: Lab): readonly Route[] {
  return [stored(lab), lookUps(lab), stateless(lab), checks(lab)];
}

interface Measure<Body extends z.ZodObject> {
  readonly name: string;
  readonly about: Pick<RouteDescription, "operation" | "summary">;
  readonly body: Body;
  readonly answer: z.ZodType;
  /** @returns `null` where it cannot be measured here */
  readonly measure: (services: Services, body: z.infer<Body>) => Promise<object | null>;
}

function route<Body extends z.ZodObject>(lab: Lab, { name, about, body, answer, measure }: Measure<Body>): Route {
  return {
    method: "POST",
    path: `/lab/measures/${name}`,
    about: { ...about, access: "anyone", body, answers: { 200: answer }, errors: [] },
    handle: forLabPage(async (services, call) => {
      const given = await readBody(call.request, body);
      const measured = await lab.measure(() => measure(services, given));
      return measured === null ? errorAnswer(call, "unavailable", BUSY) : json(call, 200, measured);
    }),
  };
}

const BUSY = "Something else is being measured just now, or this cannot be: try again in a few seconds.";

const token = z.string("expected a string").max(4096, "expected at most 4096 characters");

const stored = (lab: Lab): Route =>
  route(lab, {
    name: "stored",
    about: { operation: "labMeasureStored", summary: "What the sessions take in the ledger’s file." },
    body: z.strictObject({}),
    answer: z.object({ sessions: z.int(), bytes: z.int(), revocations: z.int() }),
    measure: async () => {
      const { ledgerPath, api } = lab;
      if (ledgerPath === null || api === null) return null;
      const { sessions, bytes } = new LedgerFile({ path: ledgerPath, clock: systemClock }).sessionSize();
      return { sessions, bytes, revocations: api.status.revocations };
    },
  });

const lookUps = (lab: Lab): Route =>
  route(lab, {
    name: "look-ups",
    about: { operation: "labMeasureLookUps", summary: "How often checking one session token reads the ledger." },
    body: z.strictObject({
      session_token: token,
      checks: z.int("expected 1 to 100").min(1, "expected 1 to 100").max(100, "expected 1 to 100"),
    }),
    answer: z.object({ without_memory: z.int(), with_memory: z.int(), accepted: z.int() }),
    measure: (services, body) => countLookUps(services, body.session_token, body.checks),
  });

const stateless = (lab: Lab): Route =>
  route(lab, {
    name: "stateless",
    about: {
      operation: "labMeasureStateless",
      summary: "Whether an access token passes where its signature and claims alone are looked at.",
    },
    body: z.strictObject({ access_token: token }),
    answer: z.object({ accepted: z.boolean(), expires_in: z.number() }),
    measure: async (services, body) => {
      const { issuer, audience } = services.settings;
      const clock = { now: () => services.follower.ledgerNow(), monotonic: () => systemClock.monotonic() };
      const kernel = createKernel({ issuer, audience, signatures: nodeSignatures, clock, cacheSize: 0 });
      kernel.setKeys(publicKeys(services));
      const verified = kernel.verify(body.access_token);
      if (!verified.ok) return { accepted: false, expires_in: 0 };
      return { accepted: true, expires_in: Math.max(0, Math.round((verified.auth.expiresAt - clock.now()) / 1000)) };
    },
  });

const DURATION = "expected 50 to 2000";

const checks = (lab: Lab): Route =>
  route(lab, {
    name: "checks",
    about: {
      operation: "labMeasureChecks",
      summary: "How many requests a second one thread and three can check, by session store and by token.",
    },
    body: z.strictObject({
      cookie: token,
      access_token: token,
      duration_ms: z.int(DURATION).min(50, DURATION).max(2000, DURATION),
    }),
    answer: z.object({ cores: z.int(), store: RatesSchema(), signature: RatesSchema(), memory: RatesSchema() }),
    measure: (services, { cookie, access_token: accessToken, duration_ms: durationMs }) => {
      const { issuer, audience } = services.settings;
      return measureChecks({ issuer, audience, jwks: publicKeys(services), accessToken, cookie }, durationMs);
    },
  });

function RatesSchema() {
  return z.object({ one: z.int(), three: z.int() });
}

function publicKeys({ keys }: Services): readonly Jwk[] {
  return keys.jwkSet.keys;
}
