import { existsSync, readFileSync, writeFileSync } from "node:fs";
import session from "express-session";
import type { SessionData } from "express-session";

/** The sessions in a file: stands for the store that the application has (Redis, a table). */
export class FileStore extends session.Store {
  readonly #path: string;

  constructor(path: string) {
    super();
    this.#path = path;
  }

  override get(sid: string, callback: (error: unknown, found?: SessionData | null) => void): void {
    callback(null, this.#read()[sid] ?? null);
  }

  override set(sid: string, data: SessionData, callback?: () => void): void {
    this.#write({ ...this.#read(), [sid]: data });
    callback?.();
  }

  override destroy(sid: string, callback?: () => void): void {
    const { [sid]: _gone, ...others } = this.#read();
    this.#write(others);
    callback?.();
  }

  #read(): Record<string, SessionData> {
    return existsSync(this.#path) ? (JSON.parse(readFileSync(this.#path, "utf8")) as Record<string, SessionData>) : {};
  }

  #write(sessions: Record<string, SessionData>): void {
    writeFileSync(this.#path, JSON.stringify(sessions));
  }
}
