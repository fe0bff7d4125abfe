import type { Services } from "../services.ts";
import type { Call } from "./call.ts";

/** One route: the table of them is the whole of what the server answers. */
export interface Route {
  readonly method: "GET" | "POST" | "DELETE";
  /** Below the issuer's path, in Hono's notation. */
  readonly path: string;
  handle(services: Services, call: Call): Promise<Response> | Response;
}
