import { PATHS } from "@counterfoil/protocol";
import { now } from "../clock.ts";
import { Logouts, WHICHEVER } from "../logout/logouts.ts";
import type { Outcome } from "../outcome/outcome.ts";
import { isHidden, requirePage } from "../page/page.ts";
import { BackOff } from "../server/back-off.ts";
import { ClientError } from "../server/client-error.ts";
import { aborted, pause } from "../server/pause.ts";
import { ask, fault, outcome, outcomeOf, saysNoSession } from "../server/server.ts";
import { followSessionStream } from "../stream/session-stream.ts";
import type { SessionStream } from "../stream/session-stream.ts";
import { openTabs } from "../tab/tabs.ts";
import type { Message, Tabs } from "../tab/tabs.ts";
import { heldElsewhere, heldFrom, isNewer, isUsable } from "./held.ts";
import type { Held } from "./held.ts";
import type { SignedOut, User } from "./session-state.ts";
import { createSessionStore } from "./session-store.ts";

/** What is looked for in what the page holds. */
type Wish = (held: Held) => boolean;

/** How long the leading tab has to answer another: its event loop may be busy. */
const TOLD_WITHIN_MS = 300;
const LOGGED_OUT: SignedOut = { status: "signed_out", reason: "logout", endReason: null };

/**
 * A page's part in the session that the browser's cookie is of: what it holds, and every change of it.
 *
 * What comes from the network belongs to the epoch in which it was asked for. A session that ends, or gives way to
 * another, ends its epoch: what is under way is aborted, and nothing that arrives late brings the old session back.
 */
export class PageSession {
  readonly store = createSessionStore(() => this.start());
  readonly #url: string;
  #tabs!: Tabs;
  #logouts!: Logouts;
  #started = false;
  #held: Held | null = null;
  #epoch = new AbortController();
  /** Sessions that are known to be over: no late answer and no other tab brings one back. */
  readonly #over = new Map<string, SignedOut>();
  /** Why the session ends, as the stream has told, until the server has confirmed that it did. */
  #endReason: string | null = null;
  #stream: SessionStream | null = null;
  readonly #open = new AbortController();
  /** Aborted while the page is put away in the browser's history. */
  #shown = new AbortController();
  /** Aborted when another tab has answered. */
  #answered = new AbortController();
  readonly #backOff = new BackOff();

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
    const name = `counterfoil:${new URL(this.#url, location.href).href}`;
    const { signal } = this.#open;
    this.#tabs = openTabs(name, signal, (message) => this.#hear(message));
    this.#logouts = new Logouts(name, `${this.#url}${PATHS.logout}`, this.#tabs, signal);
    addEventListener("online", () => this.#tryAgain(), { signal });
    document.addEventListener("visibilitychange", () => this.#tryAgain(), { signal });
    // A page that holds a lock or a connection is not kept in the browser's history.
    addEventListener("pagehide", () => this.#shown.abort(), { signal });
    addEventListener("pageshow", ({ persisted }) => persisted && this.#showAgain(), { signal });
    void this.until(() => true, isHidden());
  }

  /**
   * Waits until the page holds what is wished for, or until the server has said that nobody is signed in.
   *
   * @param quiet where nobody is there: what is asked is no activity
   * @throws ClientError if the server was out of reach until the signal was aborted
   */
  async until(wish: Wish, quiet: boolean, signal: AbortSignal = this.#open.signal): Promise<Held | null> {
    for (;;) {
      try {
        // oxlint-disable-next-line no-await-in-loop -- one try after the other
        return await this.#refresh(wish, quiet);
      } catch (error) {
        if (!(error instanceof ClientError)) throw error;
        if (this.#isLoading) this.store.set({ status: "loading", error });
        // oxlint-disable-next-line no-await-in-loop
        await Promise.race([this.#backOff.over, aborted(signal)]);
        if (signal.aborted) throw error;
      }
    }
  }

  /** Asks the server whether the session goes on: whoever else says that it does not may be wrong. */
  async check(): Promise<void> {
    this.start();
    // Its own end is all that can keep it from an answer.
    await this.until(() => false, true).catch(() => undefined);
  }

  /** Proves who is there; what the server answers takes the place of what the page holds. */
  prove(path: string, body: object): Promise<Outcome<{ readonly user: User }>> {
    this.start();
    return outcome(() =>
      this.#tabs.alone(async () => {
        const asked = now();
        const answer = await ask(this.#url + path, { body });
        const held = heldFrom(answer.body, asked);
        if (held === null) {
          const refused = outcomeOf(answer);
          if (refused.ok) throw fault(answer);
          if (saysNoSession(refused.code)) void this.check();
          return refused;
        }
        // Whichever session there was, the server has ended it for this one.
        this.#logouts.remove(WHICHEVER);
        this.#take(held);
        this.#tabs.tell({ type: "held", held });
        return { ok: true, user: held.user };
      }),
    );
  }

  /** Signs out here and in every tab at once. The server hears of it now or, if it is out of reach, as soon as it can. */
  logout(): Promise<Outcome> {
    this.start();
    this.#logouts.add(this.#held?.sid ?? WHICHEVER);
    this.#leave(LOGGED_OUT);
    return outcome(async () => {
      await this.#logouts.tell();
      return { ok: true };
    });
  }

  close(): void {
    this.#open.abort();
    this.#epoch.abort();
  }

  /** One refresh for all tabs: whoever waited while another asked finds what that one was told. */
  #refresh(wish: Wish, quiet: boolean): Promise<Held | null> {
    const { epoch } = this;
    return this.#tabs.alone(async () => {
      const isThere = () => epoch.aborted || (this.#held !== null && wish(this.#held));
      if (isThere() || (await this.#isTold(isThere))) return this.#held;
      if (this.#backOff.fault !== null) throw this.#backOff.fault;
      try {
        // A sign-out goes before anything else: else the answer would be the session that it is to end.
        await this.#logouts.settle();
        const asked = now();
        const body = quiet ? { background: true } : undefined;
        const answer = await ask(this.#url + PATHS.refresh, { body, signal: epoch });
        if (epoch.aborted) return this.#held;
        const held = heldFrom(answer.body, asked);
        if (held !== null) this.#renew(held, quiet);
        else if (answer.status === 401 && saysNoSession(answer.body["code"])) this.#leaveSession();
        else throw fault(answer);
        this.#backOff.reset();
        return this.#held;
      } catch (error) {
        if (epoch.aborted) return this.#held;
        this.#leaveIfLoggedOut();
        if (error instanceof ClientError) this.#backOff.begin(error);
        throw error;
      }
    });
  }

  /** Whether another tab had what is looked for: the one that leads knows the newest. */
  async #isTold(isThere: () => boolean): Promise<boolean> {
    if (!(await this.#tabs.isLed())) return false;
    this.#answered = new AbortController();
    this.#tabs.tell({ type: "ask" });
    await pause(TOLD_WITHIN_MS, this.#answered.signal);
    return isThere();
  }

  #hear(message: Message): void {
    switch (message.type) {
      case "held":
        this.#take(heldElsewhere(message.held));
        this.#answered.abort();
        break;
      case "over":
        this.#over.set(message.sid, message.state);
        if (this.#held?.sid === message.sid) this.#end(message.state);
        break;
      case "ask":
        if (!this.#tabs.leading) break;
        if (this.#held !== null && isUsable(this.#held)) this.#tabs.tell({ type: "held", held: this.#held });
        else this.#tabs.tell({ type: "nothing" });
        break;
      case "nothing":
        this.#answered.abort();
        break;
    }
  }

  #renew(held: Held, quiet: boolean): void {
    const active = quiet && this.#held?.sid === held.sid ? this.#held.active : held.active;
    const renewed = { ...held, active };
    this.#take(renewed);
    if (this.#held === renewed) this.#tabs.tell({ type: "held", held: renewed });
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
    else if (this.#isLoading) this.#leave({ status: "signed_out", reason: "no_session", endReason: null });
  }

  #leave(state: SignedOut): void {
    const sid = this.#held?.sid;
    this.#end(state);
    if (sid === undefined) return;
    this.#over.set(sid, state);
    this.#tabs.tell({ type: "over", sid, state });
  }

  /** A sign-out that the server has not heard of is one. */
  #leaveIfLoggedOut(): void {
    const pending = this.#logouts.list();
    const isOut = this.#held === null ? this.#isLoading && pending.length > 0 : pending.includes(this.#held.sid);
    if (isOut) this.#leave(LOGGED_OUT);
  }

  #end(state: SignedOut): void {
    this.#held = null;
    this.#endReason = null;
    this.#newEpoch();
    this.store.set(state);
  }

  #newEpoch(): void {
    this.#epoch.abort(new DOMException("The session ended, or another took its place.", "AbortError"));
    this.#epoch = new AbortController();
  }

  #follow(): void {
    const signal = AbortSignal.any([this.epoch, this.#shown.signal]);
    this.#tabs.lead(signal, () => {
      this.#stream = followSessionStream(this.#url + PATHS.meStream, signal, {
        onVersion: (version) => {
          const isOld = this.#held !== null && this.#held.claimsVersion < version;
          if (isOld) void this.until(({ claimsVersion }) => claimsVersion >= version, true).catch(() => undefined);
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
    this.#backOff.cut();
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
