/** What a page of the tests runs: the client, as an application makes it, and what it has told so far. */
import { createClient } from "@counterfoil/client";
import type { Client, ClientOptions, SessionState } from "@counterfoil/client";

declare global {
  /** Written into the page by who serves it. */
  var clientOptions: ClientOptions;
  var client: Client;
  /** Each state that the client has told, in order. */
  var states: SessionState[];
}

globalThis.client = createClient(globalThis.clientOptions);
globalThis.states = [];
globalThis.client.session.subscribe((state) => globalThis.states.push(state));
