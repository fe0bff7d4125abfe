/**
 * The network between the sample API and the server, which the visitor may cut: what is sent then neither arrives nor
 * fails, as behind a firewall that drops. It is the API's `fetch`, so its verifier knows nothing of it.
 */
export class FeedSwitch {
  /** Aborted when it is healed; `null` while it is not cut. */
  #cut: AbortController | null = null;

  #requests = 0;

  /** How often the API has asked the server for anything. */
  get requests(): number {
    return this.#requests;
  }

  get isCut(): boolean {
    return this.#cut !== null;
  }

  cut(): void {
    this.#cut ??= new AbortController();
  }

  /** What was on its way arrives now, late. */
  heal(): void {
    this.#cut?.abort();
    this.#cut = null;
  }

  readonly fetch: typeof globalThis.fetch = async (input, init) => {
    this.#requests++;
    const signal = init?.signal ?? null;
    await this.#through(signal);
    const response = await fetch(input, init);
    if (response.body === null) return response;
    const delayed = new TransformStream<Uint8Array, Uint8Array>({
      transform: async (chunk, controller) => {
        await this.#through(signal);
        controller.enqueue(chunk);
      },
    });
    return new Response(response.body.pipeThrough(delayed), response);
  };

  /** Waits while the network is cut, or until nobody wants the answer any more. */
  async #through(signal: AbortSignal | null): Promise<void> {
    signal?.throwIfAborted();
    if (this.#cut === null) return;
    const healed = this.#cut.signal;
    await new Promise<void>((resolve) => {
      healed.addEventListener("abort", () => resolve(), { once: true });
      signal?.addEventListener("abort", () => resolve(), { once: true });
    });
    signal?.throwIfAborted();
  }
}
