import { SESSION_PATHS } from "@counterfoil/protocol";
import { NEVER, now } from "../clock.ts";
import type { Instant } from "../clock.ts";
import { Logouts, WHICHEVER } from "../logout/logouts.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { isHidden, requirePage, watchPage } from "../page/page.ts";
import { Refresher } from "../refresh/refresher.ts";
import type { Refreshed, Wish } from "../refresh/refresher.ts";
import { ClientError } from "../server/client-error.ts";
import { ask, fault, outcome, outcomeOf, saysNoSession } from "../server/server.ts";
import type { Answer } from "../server/server.ts";
import { followSessionStream } from "../stream/session-stream.ts";
import type { SessionStream } from "../stream/session-stream.ts";
import { openTabs } from "../tab/tabs.ts";
import type { Message, Tabs } from "../tab/tabs.ts";
import { heldElsewhere, heldFrom, isNewer, isUsable } from "./held.ts";
import type { Held } from "./held.ts";
import type { SignedOut, User } from "./session-state.ts";
import { createSessionStore } from "./session-store.ts";

const LOGGED_OUT: SignedOut = { status: "signed_out", reason: "logout", endReason: null };

/**
 * A page's part in the session that the browser's cookie is of: what it holds, and every change of it.
 *
 * What comes from the network belongs to the epoch in which it was asked for. A session that ends, or gives way to
 * another, ends its epoch: what is under way is aborted, and nothing that arrives late brings the old session back.
 */
export class PageSession implements Refreshed {
  readonly store = createSessionStore(() => this.start());
  readonly #url: string;
  #tabs!: Tabs;
  #logouts!: Logouts;
  #refresher!: Refresher;
  #started = false;
  #held: Held | null = null;
  #epoch = new AbortController();
  /** Sessions that are known to be over: no late answer and no other tab brings one back. */
  readonly #over = new Map<string, SignedOut>();
  /** Why the session ends, as the stream has told, until the server has confirmed that it did. */
  #endReason: string | null = null;
  #stream: SessionStream | null = null;
  /** How often somebody has signed out: a sign-in that was begun before opens nothing any more. */
  #signOuts = 0;
  readonly #open = new AbortController();
  /** Aborted while the page is put away in the browser's history. */
  #shown = new AbortController();

  /** @param url of the server, without a slash at its end */
  constructor(url: string) {
    this.#url = url;
  }

  get held(): Held | null {
    return this.#held;
  }

  /** Aborted when the session ends, or another takes its place. */
  get epoch(): AbortSignal {
    return this.#epoch.signal;
  }

  get #isLoading(): boolean {
    return this.store.observable.current.status === "loading";
  }

  /**
   * Begins to follow the session, if that was not begun.
   *
   * @throws Error outside of a browser's page, where no cookie goes with requests by itself
   */
  start(): void {
    if (this.#started) return;
    requirePage();
    this.#started = true;
    // At the root the path is empty, which is the page's own address, and each page has another.
    const name = `counterfoil:${new URL(this.#url || "/", location.href).href}`;
    const { signal } = this.#open;
    this.#tabs = openTabs(name, signal, (message) => this.#hear(message));
    this.#logouts = new Logouts(name, `${this.#url}${SESSION_PATHS.logout}`, this.#tabs, signal);
    this.#refresher = new Refresher(this.#url, this.#tabs, this.#logouts, this);
    watchPage(signal, {
      onAwake: () => this.#tryAgain(),
      // A page that holds a lock or a connection is not kept in the browser's history.
      onAway: () => this.#shown.abort(),
      onBack: () => this.#showAgain(),
    });
    void this.check(() => true, isHidden());
  }

  /** See {@link Refresher.until}; as long as the page is open, where there is no signal. */
  until(wish: Wish, quiet: boolean, signal: AbortSignal = this.#open.signal): Promise<Held | null> {
    this.start();
    return this.#refresher.until(wish, quiet, signal);
  }

  /** Asks the server whether the session goes on, since nobody else can say that it does not; or for what is wished. */
  async check(wish: Wish = () => false, quiet = true): Promise<void> {
    await this.until(wish, quiet).catch(() => undefined);
  }

  /** Signs in; whichever session there was, the server ends it for this one. */
  signIn(body: object): Promise<Outcome<{ readonly user: User }>> {
    this.start();
    const signOuts = this.#signOuts;
    return outcome(() => this.#tabs.alone(() => this.#prove(SESSION_PATHS.login, body, signOuts)));
  }

  /**
   * Proves who is there, once more. Where the answer is lost, the server may have replaced the cookie, and takes the one
   * before with the same proof alone: so it is sent again, before anything else goes with that cookie.
   */
  proveAgain(path: string, body: object): Promise<Outcome<{ readonly user: User }>> {
    this.start();
    const prove = () => outcome(() => this.#prove(path, body));
    return this.#tabs.alone(async () => {
      const proved = await prove();
      return proved.ok || proved.code !== "unavailable" ? proved : prove();
    });
  }

  /** Signs out here and in every tab at once. The server hears of it now or, if it is out of reach, as soon as it can. */
  logout(): Promise<Outcome> {
    this.start();
    this.#signOuts++;
    this.#logouts.add(this.#held?.sid ?? WHICHEVER);
    this.#leave(LOGGED_OUT);
    return outcome(async () => {
      await this.#logouts.tell();
      return { ok: true };
    });
  }

  apply(answer: Answer, asked: Instant, quiet: boolean): void {
    const held = heldFrom(answer.body, asked);
    if (held !== null) {
      const active = this.#held?.sid === held.sid ? this.#held.active : NEVER;
      this.#takeAndTell(quiet ? { ...held, active } : held);
      // Or a page would be blind, after an outage, for as long as the stream still waits.
      this.#stream?.poke();
    } else if (answer.status === 401 && saysNoSession(answer.body["code"])) this.#leaveSession();
    else throw fault(answer);
  }

  onFault(error: ClientError): void {
    this.#leaveIfLoggedOut();
    if (this.#isLoading) this.store.set({ status: "loading", error });
  }

  close(): void {
    this.#open.abort();
    this.#epoch.abort();
  }

  /** What the server answers takes the place of what the page holds. */
  async #prove(path: string, body: object, signOuts = this.#signOuts): Promise<Outcome<{ readonly user: User }>> {
    const asked = now();
    let answer = await ask(this.#url + path, { body });
    if (answer.status === 200 && answer.isCut) answer = await ask(this.#url + SESSION_PATHS.refresh);
    const held = heldFrom(answer.body, asked);
    if (held === null) {
      const refused = outcomeOf(answer);
      if (refused.ok || refused.code === "unavailable") throw fault(answer);
      if (saysNoSession(refused.code)) void this.check();
      return refused;
    }
    this.#logouts.remove(WHICHEVER);
    // The sign-out waits its turn, and tells the server of this one as well.
    if (signOuts !== this.#signOuts) this.#logouts.add(held.sid);
    this.#takeAndTell(held);
    return { ok: true, user: held.user };
  }

  #hear(message: Message): void {
    switch (message.type) {
      case "held":
        this.#takeTold(heldElsewhere(message.held));
        this.#refresher.onTold();
        break;
      case "over":
        this.#over.set(message.sid, message.state);
        if (this.#held?.sid === message.sid) this.#end(message.state);
        // From a tab that did not know which. What one waits for that does not either is of the session that is to end.
        else if (message.sid === WHICHEVER && this.#held !== null) void this.logout();
        else if (message.sid === WHICHEVER) this.#end(message.state);
        break;
      case "ask":
        if (this.#tabs.leading) this.#tellHeld();
        break;
      case "nothing":
        this.#refresher.onTold();
        break;
    }
  }

  /** What a tab tells may be late, as of one that was frozen: which of two sessions is the cookie's, the server knows. */
  #takeTold(held: Held): void {
    if (this.#over.has(held.sid)) return;
    if (this.#held !== null && isNewer(this.#held, held)) {
      if (this.#held.sid !== held.sid) void this.check();
      return;
    }
    const before = this.#held?.accessToken;
    this.#logouts.remove(WHICHEVER);
    this.#take(held);
    // Not by what is told again to whoever asks: two tabs that wait would wake each other for ever.
    if (this.#held?.accessToken !== before) this.#refresher.onReached();
  }

  #tellHeld(): void {
    const held = this.#held;
    this.#tabs.tell(held !== null && isUsable(held) ? { type: "held", held } : { type: "nothing" });
  }

  #takeAndTell(held: Held): void {
    this.#take(held);
    if (this.#held === held) this.#tabs.tell({ type: "held", held });
  }

  #take(held: Held): void {
    const before = this.#held;
    const over = this.#logouts.list().includes(held.sid) ? LOGGED_OUT : this.#over.get(held.sid);
    if (over !== undefined) {
      if (this.#isLoading) this.store.set(over);
      return;
    }
    if (before?.sid === held.sid && isNewer(before, held)) return;
    if (before !== null && before.sid !== held.sid) {
      this.#over.set(before.sid, { status: "signed_out", reason: "session_over", endReason: "replaced" });
      this.#newEpoch();
    }
    this.#held = held;
    this.store.set({ status: "signed_in", user: held.user, sid: held.sid });
    if (before?.sid !== held.sid) this.#follow();
  }

  /** The server knows of no session. */
  #leaveSession(): void {
    if (this.#held !== null) this.#leave({ status: "signed_out", reason: "session_over", endReason: this.#endReason });
    else if (this.#isLoading) this.store.set({ status: "signed_out", reason: "no_session", endReason: null });
  }

  #leave(state: SignedOut): void {
    const sid = this.#held?.sid ?? WHICHEVER;
    this.#end(state);
    this.#over.set(sid, state);
    this.#tabs.tell({ type: "over", sid, state });
  }

  /** A sign-out that the server has not heard of is one. */
  #leaveIfLoggedOut(): void {
    const pending = this.#logouts.list();
    if (this.#held === null ? this.#isLoading && pending.length > 0 : pending.includes(this.#held.sid)) {
      this.#end(LOGGED_OUT);
    }
  }

  #end(state: SignedOut): void {
    this.#held = null;
    this.#newEpoch();
    this.store.set(state);
  }

  #newEpoch(): void {
    this.#endReason = null;
    this.#epoch.abort(new DOMException("The session ended, or another took its place.", "AbortError"));
    this.#epoch = new AbortController();
  }

  #follow(): void {
    const signal = AbortSignal.any([this.#open.signal, this.epoch, this.#shown.signal]);
    this.#tabs.lead(signal, () => {
      this.#stream = followSessionStream(this.#url + SESSION_PATHS.meStream, signal, {
        onVersion: (version) => {
          const isOld = this.#held !== null && this.#held.claimsVersion < version;
          if (isOld) void this.check(({ claimsVersion }) => claimsVersion >= version);
        },
        onEnd: (sid, reason) => {
          if (this.#held?.sid !== sid) return;
          this.#endReason = reason;
          void this.check();
        },
        onRefused: () => this.check(),
      });
      return this.#stream.done;
    });
  }

  /** The network is back, or somebody looks at the page. */
  #tryAgain(): void {
    this.#refresher.tryAgain();
    this.#logouts.tryAgain();
    this.#stream?.poke();
  }

  #showAgain(): void {
    this.#shown = new AbortController();
    this.#leaveIfLoggedOut();
    if (this.#held !== null) this.#follow();
    void this.check();
  }
}
