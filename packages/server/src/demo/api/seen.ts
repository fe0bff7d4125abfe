import type { RequestAuth } from "@counterfoil/verifier";

const LIMIT = 1000;

/** The newest access token that the API has accepted of each session: to show how it is refused later. */
export class SeenTokens {
  readonly #bySid = new Map<string, { readonly token: string; readonly sub: string }>();

  note({ sid, sub }: Pick<RequestAuth, "sid" | "sub">, token: string): void {
    this.#bySid.delete(sid);
    this.#bySid.set(sid, { token, sub });
    if (this.#bySid.size <= LIMIT) return;
    for (const oldest of this.#bySid.keys()) {
      this.#bySid.delete(oldest);
      return;
    }
  }

  of(sid: string): string | undefined {
    return this.#bySid.get(sid)?.token;
  }

  ofUser(sub: string): string | undefined {
    return [...this.#bySid.values()].findLast((seen) => seen.sub === sub)?.token;
  }

  newest(): string | undefined {
    return [...this.#bySid.values()].at(-1)?.token;
  }
}
