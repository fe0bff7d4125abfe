import { once } from "node:events";
import { connect } from "node:net";
import type { Socket } from "node:net";
import type { Answer } from "./answer.ts";

/** A connection that sends what it is given, as no HTTP library would. */
export async function openSocket(port: number): Promise<Socket> {
  const socket = connect({ port, host: "127.0.0.1" });
  // The server may hang up in the middle of what is sent; what it said until then is what counts.
  socket.on("error", () => undefined);
  await once(socket, "connect");
  return socket;
}

/** All that the server says until it hangs up. */
export async function readToEnd(socket: Socket): Promise<string> {
  let text = "";
  socket.setEncoding("latin1").on("data", (chunk: string) => (text += chunk));
  if (!socket.closed) await once(socket, "close");
  return text;
}

/** Sends `text` on a connection of its own and gives what comes back until its end. */
export async function exchangeRaw(port: number, text: string | Uint8Array): Promise<readonly Answer[]> {
  const socket = await openSocket(port);
  const read = readToEnd(socket);
  socket.write(text);
  return parseAnswers(await read);
}

/** Several answers in one stream, told apart by their Content-Length. */
export function parseAnswers(stream: string): readonly Answer[] {
  const answers: Answer[] = [];
  let rest = stream;
  while (rest !== "") {
    const headEnd = rest.indexOf("\r\n\r\n");
    if (headEnd < 0) throw new Error(`This is no HTTP: ${rest.slice(0, 200)}`);
    const [statusLine = "", ...lines] = rest.slice(0, headEnd).split("\r\n");
    const pairs = lines.map((line) => [
      line.slice(0, line.indexOf(":")).toLowerCase(),
      line.slice(line.indexOf(":") + 2),
    ]);
    const headers = Object.fromEntries(pairs) as Record<string, string>;
    const length = Number(headers["content-length"] ?? 0);
    const text = rest.slice(headEnd + 4, headEnd + 4 + length);
    rest = rest.slice(headEnd + 4 + length);
    const status = Number(statusLine.split(" ")[1]);
    const body = text === "" ? {} : (JSON.parse(text) as Answer["body"]);
    answers.push({ status, headers, text, body, setCookies: [] });
  }
  return answers;
}
