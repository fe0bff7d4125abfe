import { IssuerError } from "../fetch/issuer-error.ts";

/** An event of a stream of server-sent events. */
export interface ServerEvent {
  /** `message` where it has no name. */
  readonly name: string;
  readonly data: string;
  /** The newest `id` of the stream so far; empty before the first. */
  readonly lastEventId: string;
}

/** The longest line, and the longest event: a server that never ends one may not fill our memory. */
export const MAX_EVENT_LENGTH = 1024 * 1024;

const LINE_END = /\r\n?|\n/g;

/**
 * Reads server-sent events from bytes that are cut anywhere (HTML Standard §9.2.5, §9.2.6). What follows the last blank
 * line is no event yet, and never becomes one if the stream ends there.
 */
export class EventReader {
  // Its own state keeps a character that is cut in two, and takes a byte order mark off the start.
  readonly #utf8 = new TextDecoder("utf-8", { fatal: true });
  /** The start of the line that has not ended yet. */
  #line = "";
  /** The last chunk ended with a CR: a LF that follows is the rest of that line's end. */
  #afterCr = false;
  #name = "";
  #data = "";
  #lastEventId = "";

  /**
   * @returns the events that these bytes complete
   * @throws IssuerError for bytes that are no UTF-8, a line or an event that is too long: nothing more can be read
   */
  push(bytes: Uint8Array): ServerEvent[] {
    let text: string;
    try {
      text = this.#utf8.decode(bytes, { stream: true });
    } catch (cause) {
      throw new IssuerError("malformed", "The feed is not UTF-8.", { cause });
    }
    if (text === "") return [];
    const events: ServerEvent[] = [];
    let start = this.#afterCr && text.startsWith("\n") ? 1 : 0;
    this.#afterCr = text.endsWith("\r");
    LINE_END.lastIndex = start;
    for (let end = LINE_END.exec(text); end !== null; end = LINE_END.exec(text)) {
      this.#keep(text.slice(start, end.index));
      this.#endLine(events);
      start = LINE_END.lastIndex;
    }
    this.#keep(text.slice(start));
    return events;
  }

  #keep(piece: string): void {
    this.#line += piece;
    if (this.#line.length > MAX_EVENT_LENGTH) throw new IssuerError("too_large", "A line of the feed is too long.");
  }

  #endLine(events: ServerEvent[]): void {
    const line = this.#line;
    this.#line = "";
    if (line === "") this.#dispatch(events);
    // A comment, which proves nothing but that somebody is there.
    else if (!line.startsWith(":")) this.#takeField(line);
  }

  #takeField(line: string): void {
    const colon = line.indexOf(":");
    const field = colon === -1 ? line : line.slice(0, colon);
    const from = line[colon + 1] === " " ? colon + 2 : colon + 1;
    const value = colon === -1 ? "" : line.slice(from);
    switch (field) {
      case "event":
        this.#name = value;
        break;
      case "data":
        this.#data += `${value}\n`;
        if (this.#data.length > MAX_EVENT_LENGTH) {
          throw new IssuerError("too_large", "An event of the feed is too long.");
        }
        break;
      case "id":
        if (!value.includes("\0")) this.#lastEventId = value;
        break;
      // `retry` is for those who have no pauses of their own; the rest is ignored, as the standard says.
    }
  }

  #dispatch(events: ServerEvent[]): void {
    const name = this.#name === "" ? "message" : this.#name;
    if (this.#data !== "") events.push({ name, data: this.#data.slice(0, -1), lastEventId: this.#lastEventId });
    this.#name = "";
    this.#data = "";
  }
}
