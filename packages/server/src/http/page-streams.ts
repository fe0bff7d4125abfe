import { ranOut, StoreError } from "@counterfoil/core";
import type { RevocationFollower, Ledger, Session, Sid, Subject } from "@counterfoil/core";
import type { FeedEntry } from "@counterfoil/protocol";

export interface PageStreamsParts {
  readonly ledger: Pick<Ledger, "readSession">;
  readonly follower: Pick<RevocationFollower, "fresh" | "ledgerNow">;
  /** Ends those that are open, and each that is asked for from then on. */
  readonly ending: AbortSignal;
  /** Told of what is no fault of the ledger's. */
  readonly onFault: (error: unknown) => void;
}

/** One page that is to hear of its session. */
export interface PageStream {
  readonly body: ReadableStream<Uint8Array>;
  /**
   * Looks the session up, after the page was put on the list of those that are told. The page then hears of the user's
   * version, if it is another than the one that it knows.
   *
   * @returns whether the session is live; the stream is over where it is not
   * @throws StoreError if the ledger is out of reach
   */
  begin(knownVersion: number | null): Promise<boolean>;
}

interface Page {
  readonly controller: ReadableStreamDefaultController<Uint8Array>;
  /** The user's version that it was told last. */
  version: number;
  /** What it was sent had not been taken when the last heartbeat was due. */
  late: boolean;
}

/** A session whose pages are open. */
interface Watched {
  readonly sid: Sid;
  readonly subject: Subject;
  readonly pages: Set<Page>;
  /** As the ledger had it last: for its clocks. */
  session: Session;
}

/** How many pages a process has room for, and how many of them may be of one session. */
export const PAGES = 10_000;
export const PAGES_OF_SESSION = 16;
/** Below the shortest idle time of usual proxies; and how soon an end by time is noticed. */
const HEARTBEAT_MS = 15_000;
/** Everybody may have been signed out: the ledger has other things to do as well. */
const LOOKUPS = 4;

/**
 * The streams of the users' own pages, found by session and by user: what the feed says concerns few of them. What says
 * less than it may mean (the user's claims, a key, another history) leads to one look at the session in the ledger.
 */
export class PageStreams implements AsyncDisposable {
  readonly #parts: PageStreamsParts;
  readonly #bySid = new Map<Sid, Watched>();
  readonly #bySubject = new Map<Subject, Set<Watched>>();
  #pages = 0;
  #timer: ReturnType<typeof setInterval> | null = null;
  /** To be looked up; and those whose look-up failed, until the ledger answers again. */
  readonly #due = new Set<Sid>();
  readonly #failed = new Set<Sid>();
  readonly #lookups = new Set<Promise<void>>();
  #timeline: string | null = null;

  constructor(parts: PageStreamsParts) {
    this.#parts = parts;
    parts.ending.addEventListener("abort", () => this.#endAll());
  }

  get size(): number {
    return this.#pages;
  }

  /** Puts a page on the list; `"full"` where there is no room for it. */
  open(session: Session): PageStream | "full" {
    const there = this.#bySid.get(session.sid)?.pages.size ?? 0;
    if (this.#pages >= PAGES || there >= PAGES_OF_SESSION) return "full";
    const { watched, page, body } = this.#add(session);
    return {
      body,
      begin: async (knownVersion) => {
        const live = await this.#lookUp(watched.sid);
        if (live === null) return false;
        // It has ended since it was read: what the page is to hear is in the stream.
        if (!watched.pages.has(page)) return true;
        const { claimsVersion } = live;
        if (knownVersion !== null && knownVersion < claimsVersion) this.#tellVersion(page, claimsVersion);
        // An id alone is no event to the page, and what it comes back with.
        else if (page.version <= claimsVersion) page.controller.enqueue(encode(`id: ${claimsVersion}\n:\n\n`));
        page.version = Math.max(page.version, claimsVersion);
        return true;
      },
    };
  }

  /** To be told of each entry of the feed. */
  apply(entry: FeedEntry): void {
    if (entry.type === "session-revoked") this.#end(entry.sid as Sid, entry.reason);
    else if (entry.type === "claims-changed") {
      for (const { sid } of this.#bySubject.get(entry.sub as Subject) ?? []) this.#due.add(sid);
      this.#lookUpDue();
    } else this.#lookUpAll();
  }

  /** To be told of each completed read, after its entries. */
  completed({ timeline }: { readonly timeline: string }): void {
    if (this.#timeline !== null && timeline !== this.#timeline) this.#lookUpAll();
    this.#timeline = timeline;
    if (this.#failed.size === 0) return;
    for (const sid of this.#failed) this.#due.add(sid);
    this.#failed.clear();
    this.#lookUpDue();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#endAll();
    await Promise.all(this.#lookups);
  }

  #add(session: Session): { watched: Watched; page: Page; body: ReadableStream<Uint8Array> } {
    const { sid, subject } = session;
    const watched = this.#bySid.get(sid) ?? { sid, subject, session, pages: new Set() };
    let page: Page | undefined;
    const body = new ReadableStream<Uint8Array>(
      {
        start: (controller) => {
          page = { controller, version: session.claimsVersion, late: false };
        },
        cancel: () => this.#remove(watched, page!),
      },
      { highWaterMark: 0 },
    );
    watched.pages.add(page!);
    this.#pages++;
    this.#bySid.set(sid, watched);
    const ofSubject = this.#bySubject.get(subject) ?? new Set();
    this.#bySubject.set(subject, ofSubject.add(watched));
    this.#timer ??= this.#beat();
    if (this.#parts.ending.aborted) this.#endAll();
    return { watched, page: page!, body };
  }

  #remove(watched: Watched, page: Page): void {
    if (!watched.pages.delete(page)) return;
    this.#pages--;
    if (watched.pages.size > 0) return;
    const { sid, subject } = watched;
    if (this.#bySid.get(sid) === watched) this.#bySid.delete(sid);
    const ofSubject = this.#bySubject.get(subject);
    ofSubject?.delete(watched);
    if (ofSubject?.size === 0) this.#bySubject.delete(subject);
    if (this.#bySid.size > 0 || this.#timer === null) return;
    clearInterval(this.#timer);
    this.#timer = null;
  }

  #end(sid: Sid, reason: string | undefined): void {
    const watched = this.#bySid.get(sid);
    if (watched === undefined) return;
    const data = JSON.stringify({ sid, ...(reason !== undefined && { reason }) });
    this.#hangUp(watched, encode(`event: session-ended\ndata: ${data}\n\n`));
  }

  #endAll(): void {
    this.#due.clear();
    this.#failed.clear();
    for (const watched of this.#bySid.values()) this.#hangUp(watched, null);
  }

  #hangUp(watched: Watched, last: Uint8Array | null): void {
    for (const page of watched.pages) {
      if (last !== null) page.controller.enqueue(last);
      this.#close(watched, page);
    }
  }

  #close(watched: Watched, page: Page): void {
    page.controller.close();
    this.#remove(watched, page);
  }

  #tellVersion(page: Page, version: number): void {
    const data = JSON.stringify({ claims_version: version });
    page.controller.enqueue(encode(`id: ${version}\nevent: claims-changed\ndata: ${data}\n\n`));
    page.version = version;
  }

  #lookUpAll(): void {
    for (const sid of this.#bySid.keys()) this.#due.add(sid);
    this.#lookUpDue();
  }

  #lookUpDue(): void {
    while (this.#lookups.size < LOOKUPS && this.#due.size > 0) {
      const lookup: Promise<void> = this.#lookUpNext().finally(() => {
        this.#lookups.delete(lookup);
        // What came due after it had looked for the last time, and while it still counted, would wait for a heartbeat.
        this.#lookUpDue();
      });
      this.#lookups.add(lookup);
    }
  }

  async #lookUpNext(): Promise<void> {
    for (const sid of this.#due) {
      this.#due.delete(sid);
      if (!this.#bySid.has(sid)) continue;
      try {
        // oxlint-disable-next-line no-await-in-loop -- few at a time
        const live = await this.#lookUp(sid);
        const pages = live === null ? undefined : this.#bySid.get(sid)?.pages;
        for (const page of pages ?? []) {
          if (page.version < live!.claimsVersion) this.#tellVersion(page, live!.claimsVersion);
        }
      } catch (error) {
        this.#failed.add(sid);
        if (!(error instanceof StoreError)) this.#parts.onFault(error);
      }
    }
  }

  /** The session, from the ledger, if it is live; else its pages hear that it is over. It is no activity of the user's. */
  async #lookUp(sid: Sid): Promise<Session | null> {
    const record = await this.#parts.ledger.readSession(sid);
    const over = record === null || record.endedAt !== null;
    const reason = over ? record?.endReason : ranOut(record.session, this.#parts.follower.ledgerNow());
    if (over || reason !== null) {
      this.#end(sid, reason ?? undefined);
      return null;
    }
    const watched = this.#bySid.get(sid);
    if (watched !== undefined) watched.session = record.session;
    return record.session;
  }

  #beat(): ReturnType<typeof setInterval> {
    const timer: ReturnType<typeof setInterval> = setInterval(() => {
      const { fresh } = this.#parts.follower;
      const now = this.#parts.follower.ledgerNow();
      for (const watched of this.#bySid.values()) {
        // Its activity since it was read moves the clock on: the ledger knows.
        if (ranOut(watched.session, now) !== null) this.#due.add(watched.sid);
        for (const page of watched.pages) this.#beatOf(watched, page, fresh);
      }
      this.#lookUpDue();
    }, HEARTBEAT_MS);
    return timer.unref();
  }

  /** One that takes nothing between two heartbeats is gone, and may have been left without a word: it is let go of. */
  #beatOf(watched: Watched, page: Page, fresh: boolean): void {
    const { controller, late } = page;
    // Negative while something of what it was sent waits.
    page.late = controller.desiredSize !== 0;
    if (page.late && late) this.#close(watched, page);
    else if (!page.late && fresh) controller.enqueue(COMMENT);
  }
}

const encode = (text: string) => new TextEncoder().encode(text);
const COMMENT = encode(":\n\n");
