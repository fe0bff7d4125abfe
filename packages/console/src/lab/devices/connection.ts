import { FACTS } from "../../facts.ts";

/** A device's open connection to the API. */
export interface ConnectionState {
  readonly kind: "WebSocket" | "event stream";
  readonly state: "none" | "opening" | "open" | "closed";
  /** Why the API closed it. */
  readonly reason: string | null;
  /** As of an answer: from what led to it. */
  readonly afterMs: number | null;
}

/** A WebSocket is a browser's choice: where there is none, the API's stream of server-sent events does as well. */
const KIND: ConnectionState["kind"] = typeof globalThis.WebSocket === "function" ? "WebSocket" : "event stream";

export const NO_CONNECTION: ConnectionState = { kind: KIND, state: "none", reason: null, afterMs: null };

export interface Connection {
  close(): void;
}

export interface ConnectionEvents {
  readonly onOpen: () => void;
  /** It is over, and was not closed from here. */
  readonly onClosed: (reason: string | null) => void;
}

/** Opens a connection from this page, straight to the API, by an access token. */
export function openConnection(accessToken: string, events: ConnectionEvents): Connection {
  return KIND === "WebSocket" ? openSocket(accessToken, events) : openStream(accessToken, events);
}

function openSocket(accessToken: string, { onOpen, onClosed }: ConnectionEvents): Connection {
  const url = `${(FACTS.apiUrl ?? "").replace(/^http/, "ws")}/socket`;
  // A page cannot set a WebSocket's headers: the token goes as a second protocol, never in the address, which is logged.
  const socket = new WebSocket(url, ["counterfoil.sample", accessToken]);
  let mine = false;
  // Open when it has said something: the API looks at the token first.
  socket.addEventListener("message", onOpen, { once: true });
  socket.addEventListener("close", ({ reason }) => {
    if (!mine) onClosed(reason === "" ? null : reason);
  });
  return {
    close() {
      mine = true;
      socket.close();
    },
  };
}

function openStream(accessToken: string, { onOpen, onClosed }: ConnectionEvents): Connection {
  const stop = new AbortController();
  const follow = async () => {
    const response = await fetch(`${FACTS.apiUrl ?? ""}/stream`, {
      headers: { Authorization: `Bearer ${accessToken}`, Accept: "text/event-stream" },
      signal: stop.signal,
    });
    if (!response.ok || response.body === null) return null;
    onOpen();
    let text = "";
    const decoder = new TextDecoder();
    const reader = response.body.getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return /"reason":"(\w+)"/.exec(text)?.[1] ?? null;
      text = (text + decoder.decode(value, { stream: true })).slice(-1000);
    }
  };
  const end = (reason: string | null) => {
    if (!stop.signal.aborted) onClosed(reason);
  };
  follow().then(end, () => end(null));
  return { close: () => stop.abort() };
}
