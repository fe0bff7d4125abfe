import { createClient } from "@counterfoil/client";
import { FACTS } from "./facts.ts";
import { BASE_PATH } from "./place.ts";

/** One for the page. Its tokens are for the demonstration's sample API; all else goes by the cookie. */
export const client = createClient({
  url: BASE_PATH,
  apiOrigins: FACTS.apiUrl === null ? [] : [FACTS.apiUrl],
});
