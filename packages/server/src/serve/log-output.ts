import { writeSync } from "node:fs";
import { isoTime, systemClock } from "@counterfoil/core";

/** How often a full pipe is tried again, and how long is waited in between: a tenth of a second in all. */
const TRIES = 10;
const PAUSE_MS = 10;

/**
 * Standard output for a server's log. A full disk, or a reader that is gone, costs lines and no request: pino's own
 * writer tries a full disk again for ever, and the process answers nobody meanwhile and cannot be stopped. Once there is
 * room, a line says how many were lost.
 *
 * @param fd where to, which is open
 */
export function logOutput(fd = 1): { write(line: string): void } {
  let lost = 0;
  return {
    write(line) {
      // What came before may have ended in the middle of a line.
      const before = lost === 0 ? "" : `\n${lostLine(lost)}`;
      if (put(fd, before + line)) lost = 0;
      else lost++;
    },
  };
}

function lostLine(count: number): string {
  return `${JSON.stringify({ level: 40, time: isoTime(systemClock.now()), count, msg: "log lines were lost" })}\n`;
}

function put(fd: number, text: string): boolean {
  const bytes = Buffer.from(text);
  let written = 0;
  for (let tries = 0; written < bytes.length;) {
    try {
      written += writeSync(fd, bytes, written);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== "EAGAIN" || ++tries > TRIES) return false;
      Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, PAUSE_MS);
    }
  }
  return true;
}
