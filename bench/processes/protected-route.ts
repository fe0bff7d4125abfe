/** The same route in one of the frameworks, with a check in front of it or without. */
import { createServer } from "node:http";
import type { IncomingMessage, RequestListener, Server, ServerResponse } from "node:http";
import type { AddressInfo } from "node:net";
import { createAdaptorServer } from "@hono/node-server";

import { requireAuth as expressAuth } from "@counterfoil/verifier/express";
import { requireAuth as fastifyAuth } from "@counterfoil/verifier/fastify";
import { requireAuth as honoAuth } from "@counterfoil/verifier/hono";
import { withAuth } from "@counterfoil/verifier/node";
import express from "express";
import { fastify } from "fastify";
import { Hono } from "hono";
import { AUDIENCE, claimsWith, generateSigningKey, ISSUER, mint } from "../../packages/verifier/test/mint.ts";
import { fedVerifier } from "../fed-verifier.ts";
import { loadPeer } from "../peers.ts";
import { answerQuestions, processInput } from "../process.ts";

export interface RouteInput {
  readonly framework: "express" | "fastify" | "hono" | "node:http";
  /** `middleware`: one that does nothing, which is what Hono alone takes for having any. */
  readonly check: "none" | "middleware" | "counterfoil" | "@fastify/jwt" | "express-jwt" | "passport-jwt";
}

const BODY = { message: "Welcome kavya" };
const { framework, check } = processInput() as RouteInput;
const key = generateSigningKey("ES256");
const verifier = await fedVerifier(key, 10_000);

const port = await start();
answerQuestions({ port }, (question) => {
  const { tokens } = question as { readonly tokens?: number };
  if (tokens === undefined) return process.cpuUsage();
  const iat = Math.floor(Date.now() / 1000);
  const times = { iat, exp: iat + 900, auth_time: iat };
  return Array.from({ length: tokens }, () => mint(key, claimsWith(times)));
});

async function start(): Promise<number> {
  switch (framework) {
    case "node:http":
      return listen(createServer(nodeListener()));
    case "hono": {
      const app = new Hono();
      if (check === "counterfoil") app.use(honoAuth(verifier));
      if (check === "middleware") app.use((_, next) => next());
      app.get("/orders", (c) => c.json(BODY));
      return listen(createAdaptorServer({ fetch: app.fetch }) as Server);
    }
    case "express": {
      const app = express().disable("x-powered-by").disable("etag");
      if (check === "counterfoil") app.use(expressAuth(verifier));
      if (check === "express-jwt") app.use((await expressJwt()) as express.RequestHandler);
      if (check === "passport-jwt") app.use((await passportJwt()) as express.RequestHandler);
      app.get("/orders", (_, res) => void res.json(BODY));
      return listen(createServer(app));
    }
    case "fastify": {
      const app = fastify();
      if (check === "counterfoil") app.addHook("onRequest", fastifyAuth(verifier));
      if (check === "@fastify/jwt") {
        await app.register((await loadPeer<{ default: never }>("@fastify/jwt")).default, {
          secret: { public: key.verificationKey.export({ format: "pem", type: "spki" }) },
          verify: { algorithms: ["ES256"], allowedIss: ISSUER, allowedAud: AUDIENCE, cache: 10_000 },
        } as never);
        app.addHook("onRequest", async (request) => {
          await (request as unknown as { jwtVerify(): Promise<void> }).jwtVerify();
        });
      }
      app.get("/orders", async () => BODY);
      await app.listen({ port: 0, host: "127.0.0.1" });
      return (app.server.address() as AddressInfo).port;
    }
  }
}

function nodeListener(): RequestListener {
  const text = JSON.stringify(BODY);
  const headers = { "Content-Type": "application/json", "Content-Length": Buffer.byteLength(text) };
  if (check === "none") return (_, outgoing) => void outgoing.writeHead(200, headers).end(text);
  return withAuth<IncomingMessage, ServerResponse>(verifier, (_, outgoing) => {
    outgoing.writeHead(200, headers).end(text);
  });
}

/** As its documentation has it: keys of the JWK Set, which is asked once and remembered. */
async function expressJwt(): Promise<unknown> {
  const { expressjwt } = await loadPeer<{ expressjwt: (options: object) => unknown }>("express-jwt");
  const { default: jwksRsa } = await loadPeer<{ default: { expressJwtSecret: (options: object) => unknown } }>(
    "jwks-rsa",
  );
  const keys = JSON.stringify({ keys: [key.jwk] });
  const jwkSetPort = await listen(createServer((_, outgoing) => void outgoing.end(keys)));
  const secret = jwksRsa.expressJwtSecret({ cache: true, jwksUri: `http://127.0.0.1:${jwkSetPort}/` });
  return expressjwt({ secret, issuer: ISSUER, audience: AUDIENCE, algorithms: ["ES256"] });
}

interface Passport {
  use(strategy: unknown): void;
  authenticate(name: string, options: object): unknown;
}

async function passportJwt(): Promise<unknown> {
  const { default: passport } = await loadPeer<{ default: Passport }>("passport");
  const { default: strategies } = await loadPeer<{
    default: {
      Strategy: new (
        options: object,
        verified: (claims: object, done: (e: null, user: object) => void) => void,
      ) => unknown;
      ExtractJwt: { fromAuthHeaderAsBearerToken(): unknown };
    };
  }>("passport-jwt");
  const options = {
    jwtFromRequest: strategies.ExtractJwt.fromAuthHeaderAsBearerToken(),
    secretOrKey: key.verificationKey.export({ format: "pem", type: "spki" }),
    issuer: ISSUER,
    audience: AUDIENCE,
    algorithms: ["ES256"],
  };
  passport.use(new strategies.Strategy(options, (claims, done) => done(null, claims)));
  return passport.authenticate("jwt", { session: false });
}

function listen(server: Server): Promise<number> {
  return new Promise((resolve) => {
    server.listen(0, "127.0.0.1", () => resolve((server.address() as AddressInfo).port));
  });
}
