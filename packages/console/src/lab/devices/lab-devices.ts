import { FACTS } from "../../facts.ts";
import { BASE_PATH } from "../../place.ts";
import { bodyOf, runExchange, sending } from "../exchange/exchange.ts";
import type { Exchange, ExchangeWish } from "../exchange/exchange.ts";
import { NO_CONNECTION, openConnection } from "./connection.ts";
import type { Connection } from "./connection.ts";
import type { Device, DeviceName, Said } from "./device.ts";
import { DEVICE_NAMES, tokensFrom } from "./device.ts";
import type { Entry, Report } from "./entry.ts";
import { newEntry } from "./entry.ts";
import { endSession } from "../sample-user/end-session.ts";
import { ARJUN } from "../sample-user/sign-in.ts";
import { untimed } from "../run/run.ts";
import type { LabStatus } from "./status.ts";
import { readStatus } from "./status.ts";

/** Whom both devices are of: one of the demonstration's users, without the role admin. */
export const USER = ARJUN;

export interface LabDevicesState {
  readonly devices: Readonly<Record<DeviceName, Device | null>>;
  /** `null` while the server is out of reach, and before it has said anything. */
  readonly status: LabStatus | null;
  readonly away: boolean;
  readonly log: readonly Entry[];
  /** The action that is under way. */
  readonly running: string | null;
  /** When this was so, on the page's clock. */
  readonly now: number;
}

const LOG_LENGTH = 20;

const UNFORESEEN = "Something went wrong here that should not have. Press the button again, or load the page again.";

/** Ends an action with a sentence for people. */
export class ActionFailed extends Error {}

/** The two devices, outside of React: they stay signed in while another part of the Lab is looked at. */
export class LabDevices {
  #state: LabDevicesState = {
    devices: { A: null, B: null },
    status: null,
    away: false,
    log: [],
    running: null,
    now: 0,
  };
  readonly #connections: Partial<Record<DeviceName, Connection>> = {};
  readonly #listeners = new Set<() => void>();
  #entryCount = 0;
  /** When the decisive request of the action that is under way was sent. */
  #since: number | null = null;

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };
  readonly snapshot = (): LabDevicesState => this.#state;

  #set(changes: Partial<LabDevicesState>): void {
    this.#state = { ...this.#state, ...changes, now: performance.now() };
    for (const listener of this.#listeners) listener();
  }

  /** Changes a device, if it is still signed in as it was. */
  #change({ name, sid }: Device, changes: Partial<Device>): void {
    const device = this.#state.devices[name];
    if (device?.sid !== sid) return;
    this.#set({ devices: { ...this.#state.devices, [name]: { ...device, ...changes } } });
  }

  /** Runs one action at a time; what it tells is an entry of the log. */
  async run(title: string, action: (report: Report) => Promise<void>): Promise<void> {
    if (this.#state.running !== null) return;
    const entry = newEntry(++this.#entryCount, title);
    this.#set({ running: title, log: [entry, ...this.#state.log].slice(0, LOG_LENGTH) });
    const edit = (change: (entry: Entry) => Partial<Entry>) =>
      this.#set({
        log: this.#state.log.map((each) => (each.id === entry.id ? { ...each, ...change(each) } : each)),
      });
    const report: Report = {
      say: (sentence) => edit(({ sentences }) => ({ sentences: [...sentences, sentence] })),
      measure: (what, ms, boundMs = null) => {
        if (ms === null) report.say(untimed(what));
        else edit(({ measures }) => ({ measures: [...measures, { what, ms: Math.round(ms), boundMs }] }));
      },
      keep: (exchange) => edit(({ exchanges }) => ({ exchanges: [...exchanges, exchange] })),
    };
    try {
      await action(report);
      edit(() => ({ running: false }));
    } catch (error) {
      report.say(error instanceof ActionFailed ? error.message : UNFORESEEN);
      edit(() => ({ running: false, failed: true }));
      if (!(error instanceof ActionFailed)) throw error;
    } finally {
      this.#since = null;
      this.#set({ running: null });
      await this.#look();
    }
  }

  /** @throws ActionFailed if the Lab's server is out of reach */
  async exchange(report: Report | null, wish: Omit<ExchangeWish, "target">): Promise<Exchange> {
    const done = await runExchange({ target: "server", ...wish });
    if (!done.ok) throw new ActionFailed(done.error);
    report?.keep(done.exchange);
    return done.exchange;
  }

  /** Signs one device in, in the place of whatever it was. */
  async signIn(name: DeviceName, report: Report): Promise<Device> {
    const before = this.#state.devices[name];
    // It would be signed in with nobody to hold it.
    if (before !== null && !before.over) {
      await this.exchange(null, { method: "POST", path: "/logout", ...sending(null, before.refreshToken) });
    }
    const body = { ...USER, device_name: `Device ${name}` };
    const exchange = await this.exchange(report, { method: "POST", path: "/login", ...sending(body) });
    const tokens = tokensFrom(bodyOf(exchange), null);
    if (tokens === null) throw new ActionFailed(`${USER.username} was not signed in: ${refusalIn(exchange)}`);
    const device: Device = { name, ...tokens, server: null, api: null, connection: NO_CONNECTION, over: false };
    this.#set({ devices: { ...this.#state.devices, [name]: device } });
    this.#connect(device);
    return device;
  }

  /** Both, or those that are named, as they are; whoever is signed in no more is signed in again first. */
  async ensure(report: Report, names: readonly DeviceName[] = DEVICE_NAMES): Promise<void> {
    // A token that is refused may be an old one only: a client then redeems its refresh token, and so learns the rest.
    for (const name of names) if (this.#isRefused(name)) await this.redeem(name, null);
    const out = names.filter((name) => this.#state.devices[name]?.over !== false);
    if (out.length === 0) return;
    for (const name of out) await this.signIn(name, report);
    await this.lookAtAll(names);
    report.say(`Signed in first: ${out.join(" and ")}.`);
  }

  #isRefused(name: DeviceName): boolean {
    const device = this.#state.devices[name];
    return device !== null && !device.over && [device.api, device.server].some((said) => said?.status === 401);
  }

  /** Times are measured from here on: what was to be done first is no part of them. */
  startMeasuring(): number {
    this.#since = performance.now();
    return this.#since;
  }

  /** @throws ActionFailed if it is not signed in */
  device(name: DeviceName): Device {
    const device = this.#state.devices[name];
    if (device === null) throw new ActionFailed(`Device ${name} is not signed in.`);
    return device;
  }

  /** Redeems the refresh token, as a client does; the device then holds what it got. */
  async redeem(name: DeviceName, report: Report | null): Promise<Exchange> {
    const device = this.device(name);
    const exchange = await this.exchange(report, this.redemption(device));
    this.take(device, exchange);
    return exchange;
  }

  redemption({ refreshToken, idempotencyKey }: Device): Omit<ExchangeWish, "target"> {
    const key = [["Idempotency-Key", idempotencyKey]] as const;
    return { method: "POST", path: "/refresh", ...sending(null, refreshToken, key) };
  }

  /** Keeps the tokens of an answer, where it has some. */
  take(device: Device, exchange: Exchange): boolean {
    const tokens = tokensFrom(bodyOf(exchange), device);
    if (tokens === null) {
      if (exchange.answer?.status === 401) this.#change(device, { over: true });
      return false;
    }
    // What was said was of the token before.
    this.#change(device, { ...tokens, api: null, server: null });
    const { connection } = this.device(device.name);
    if (connection.state === "closed") this.#connect(this.device(device.name));
    return true;
  }

  #connect(device: Device): void {
    this.#connections[device.name]?.close();
    this.#change(device, { connection: { ...NO_CONNECTION, state: "opening" } });
    const change = (changes: Partial<Device["connection"]>) => {
      const { connection } = this.#state.devices[device.name] ?? device;
      this.#change(device, { connection: { ...connection, ...changes } });
    };
    this.#connections[device.name] = openConnection(device.accessToken, {
      onOpen: () => change({ state: "open" }),
      onClosed: (reason) => change({ state: "closed", reason, afterMs: this.#after() }),
    });
  }

  /** Opens again what the API closed for want of news, once it lets the device in again. */
  reconnect(name: DeviceName): void {
    const device = this.device(name);
    if (device.connection.state === "closed" && device.api?.status === 200) this.#connect(device);
  }

  #after(): number | null {
    return this.#since === null ? null : Math.round(performance.now() - this.#since);
  }

  /** Presents a device's access token to the API, straight from this page. */
  askApi(name: DeviceName, path = "/orders"): Promise<Said> {
    const device = this.device(name);
    return this.#ask(device, `${FACTS.apiUrl ?? ""}${path}`, path === "/orders" ? "api" : null);
  }

  /** Presents it to the server itself, as the device's own page would. */
  askServer(name: DeviceName): Promise<Said> {
    return this.#ask(this.device(name), `${BASE_PATH}me`, "server");
  }

  async #ask(device: Device, url: string, place: "api" | "server" | null): Promise<Said> {
    const said = await present(url, device.accessToken);
    const current = this.#state.devices[device.name];
    if (place === null || current?.accessToken !== device.accessToken) return { ...said, afterMs: null };
    const before = current[place];
    // The first refusal is the one that counts.
    const same = before?.status === said.status && before.code === said.code;
    const afterMs = same ? before.afterMs : said.status === 200 ? null : this.#after();
    this.#change(device, { [place]: { ...said, afterMs } });
    return { ...said, afterMs };
  }

  async lookAtAll(names: readonly DeviceName[] = DEVICE_NAMES): Promise<void> {
    const there = names.filter((name) => this.#state.devices[name] !== null);
    await Promise.all(there.flatMap((name) => [this.askApi(name), this.askServer(name)]));
  }

  /** @returns whether the server is there */
  async #look(): Promise<boolean> {
    const status = await readStatus();
    this.#set({ status, away: status === null });
    return status !== null;
  }

  /** Ends both sessions, as the page goes away: nobody would hold them any more. */
  leave(): void {
    for (const name of DEVICE_NAMES) {
      const device = this.#state.devices[name];
      if (device?.over === false) endSession(device.refreshToken);
    }
  }

  /** What is looked at all the time: the API's answer to each device that is not over, and how the API is. */
  async poll(): Promise<void> {
    const { devices } = this.#state;
    const live = DEVICE_NAMES.filter((name) => devices[name]?.over === false);
    await Promise.all(live.map((name) => this.askApi(name)));
    const reached = await this.#look();
    // What the server said before it was away is no news any more.
    const unheard = live.filter((name) => !reached || this.#state.devices[name]?.server?.status === 0);
    await Promise.all(unheard.map((name) => this.askServer(name)));
    if (!reached) return;
    for (const name of live) {
      // An action decides by itself what its devices do.
      if (this.#state.running !== null) return;
      const aged = this.device(name).expiresAt - performance.now() < RENEW_MS;
      if (!aged && !this.#isRefused(name)) continue;
      // As a client does; what goes wrong is tried again by the next look.
      await this.redeem(name, null).catch(() => undefined);
      await this.lookAtAll([name]);
    }
  }
}

const RENEW_MS = 20_000;
/** Whoever has not answered by then does not. */
const PATIENCE_MS = 5000;

async function present(url: string, accessToken: string): Promise<Omit<Said, "afterMs">> {
  try {
    const headers = { Authorization: `Bearer ${accessToken}` };
    const signal = AbortSignal.timeout(PATIENCE_MS);
    const response = await fetch(url, { headers, credentials: "omit", redirect: "error", signal });
    const { code } = (await response.json()) as { readonly code?: string };
    return { status: response.status, code: code ?? null };
  } catch {
    return { status: 0, code: null };
  }
}

/** What the server said to a request that it refused. */
export function refusalIn(exchange: Exchange): string {
  if (exchange.answer === null) return "no answer came.";
  const { error } = bodyOf(exchange);
  return `${exchange.answer.status} ${typeof error === "string" ? error : ""}`;
}
