import { PATHS } from "@counterfoil/protocol";
import { z } from "zod";
import { jsonText } from "../answer.ts";
import type { Route } from "../route.ts";
import { CACHED } from "./well-known.ts";

/** `GET /openapi.json`: this server's routes, for generators of clients and for people. */
export const openApi: Route = {
  method: "GET",
  path: PATHS.openApi,
  about: {
    operation: "openApi",
    summary: "Gives this document (OpenAPI 3.1).",
    access: "anyone",
    answers: { 200: z.looseObject({ openapi: z.string() }) },
    errors: [],
  },
  handle: (services, call) => jsonText(call, 200, services.openApi(), CACHED),
};
