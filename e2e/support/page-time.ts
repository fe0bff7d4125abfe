/** How a page's time differs from the machine's. */
export interface PageTime {
  /** How many times as fast its clocks and timers run; 1 where it is left out. */
  readonly factor?: number;
  /** What its wall clock is wrong by. */
  readonly offsetMs?: number;
}

declare global {
  /** Moves the page's wall clock alone, as a correction of the time does, or a sleep in which nothing ran. */
  var stepWallClock: (milliseconds: number) => void;
  /** Moves both of its clocks. What waits goes on waiting. */
  var passTime: (milliseconds: number) => void;
}

/** Runs in the page before anything else does, and brings nothing along: each wait and each clock is of that time. */
export function setPageTime({ factor = 1, offsetMs = 0 }: PageTime): void {
  const RealDate = Date;
  const elapsed = performance.now.bind(performance);
  const later = setTimeout;
  const every = setInterval;
  const timeout = AbortSignal.timeout.bind(AbortSignal);
  const begin = RealDate.now();
  const beginElapsed = elapsed();
  let offset = offsetMs;
  let skipped = 0;
  const passed = () => (elapsed() - beginElapsed) * factor + skipped;
  const now = () => Math.floor(begin + offset + passed());
  globalThis.Date = new Proxy(RealDate, {
    construct: (target, parts: []) => (parts.length === 0 ? new target(now()) : Reflect.construct(target, parts)),
    get: (target, name) => (name === "now" ? now : (Reflect.get(target, name) as unknown)),
  });
  performance.now = () => beginElapsed + passed();
  const scaled = (milliseconds = 0) => milliseconds / factor;
  globalThis.setTimeout = ((action: () => void, milliseconds?: number, ...rest: []) =>
    later(action, scaled(milliseconds), ...rest)) as typeof setTimeout;
  globalThis.setInterval = ((action: () => void, milliseconds?: number, ...rest: []) =>
    every(action, scaled(milliseconds), ...rest)) as typeof setInterval;
  AbortSignal.timeout = (milliseconds) => timeout(Math.ceil(scaled(milliseconds)));
  globalThis.stepWallClock = (milliseconds) => {
    offset += milliseconds;
  };
  globalThis.passTime = (milliseconds) => {
    skipped += milliseconds;
  };
}
