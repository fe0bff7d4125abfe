import type { VerifierClock } from "../clock.ts";

/** What runs something again and again. It keeps no process alive; what it returns ends it. */
export function every(clock: Pick<VerifierClock, "after">) {
  return (milliseconds: number, run: () => void): (() => void) => {
    let callOff: () => void;
    const goOn = () => {
      callOff = clock.after(milliseconds, () => {
        goOn();
        run();
      });
    };
    goOn();
    return () => callOff();
  };
}
