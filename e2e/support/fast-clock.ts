/** A minute of it is a second. */
const TIMES = 60;

/** A bearer client's time, fast enough for a test to wait for what takes seconds. */
export const FAST_CLOCK = {
  now: () => ({ steadyMs: performance.now() * TIMES, wallMs: performance.now() * TIMES }),
  after(milliseconds: number, action: () => void) {
    const timer = setTimeout(action, milliseconds / TIMES);
    return () => clearTimeout(timer);
  },
};
