/** Follows the revocation feed over raw sockets, and counts what comes. */
import { connect } from "node:net";
import type { Socket } from "node:net";
import { answerQuestions } from "../process.ts";

/** Asks for more readers, or else for what they have had so far. */
export type ReadersQuestion = { readonly open: number; readonly port: number; readonly credential: string };

export interface ReadersResult {
  readonly open: number;
  readonly receipts: number;
  readonly entries: number;
}

const sockets: Socket[] = [];
const had = { receipts: 0, entries: 0 };

answerQuestions({}, async (asked) => {
  const question = asked as ReadersQuestion | Record<string, never>;
  for (let left = question.open ?? 0; left > 0; left -= 50) {
    // Few at a time: a server's queue of connections has an end.
    await Promise.all(Array.from({ length: Math.min(50, left) }, () => follow(question as ReadersQuestion)));
  }
  return { ...had, open: sockets.length } satisfies ReadersResult;
});

/** Resolves with the first receipt. */
function follow({ port, credential }: ReadersQuestion): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = connect(port, "127.0.0.1");
    sockets.push(socket);
    socket.setEncoding("latin1").on("error", reject);
    socket.on("close", () => reject(new Error("The server has hung up.")));
    // What is looked for may be cut by the socket's parts where it is rare; receipts come whole.
    socket.on("data", (text: unknown) => {
      const receipts = count(String(text), "event: receipt\n");
      had.receipts += receipts;
      had.entries += count(String(text), '"type":');
      if (receipts > 0) resolve();
    });
    socket.write(
      `GET /revocations HTTP/1.1\r\nHost: localhost:${port}\r\nAccept: text/event-stream\r\nAuthorization: Bearer ${credential}\r\n\r\n`,
    );
  });
}

function count(text: string, what: string): number {
  let found = 0;
  for (let at = text.indexOf(what); at >= 0; at = text.indexOf(what, at + 1)) found++;
  return found;
}
