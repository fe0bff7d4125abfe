export interface ServerEvent {
  readonly id: string | null;
  readonly data: string | null;
}

/** Reads the text of a stream of server-sent events, in whatever pieces it comes. */
export class ServerEventReader {
  #rest = "";

  /** The events that are whole with this piece. */
  read(piece: string): readonly ServerEvent[] {
    const blocks = (this.#rest + piece).split("\n\n");
    this.#rest = blocks.pop() ?? "";
    return blocks.map((block) => ({ id: field(block, "id"), data: field(block, "data") }));
  }
}

function field(block: string, name: string): string | null {
  const line = block.split("\n").find((one) => one.startsWith(`${name}: `));
  return line?.slice(name.length + 2) ?? null;
}
