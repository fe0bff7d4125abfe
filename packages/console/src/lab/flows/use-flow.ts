import { useEffect, useRef, useState } from "react";
import type { Flow, Heard } from "./step.ts";

export interface RunningFlow {
  readonly heard: Heard;
  /** How many steps are done. */
  readonly done: number;
  readonly busy: boolean;
  /** Why the last step could not be done. */
  readonly error: string | null;
  /** Does the next step. */
  readonly next: () => Promise<void>;
  /** Does all the rest, up to a step that is done only when it is asked for. */
  readonly runAll: () => Promise<void>;
  readonly again: () => void;
}

const NOTHING: { readonly heard: Heard; readonly done: number } = { heard: {}, done: 0 };

export interface FlowEvents {
  /** After each step, such as to look who is signed in now. */
  readonly afterStep?: () => void;
  /** Nobody goes on with it: it is begun again, or left half-way. Never another one from one render to the next. */
  readonly onLeave?: (heard: Heard) => void;
}

/** A flow, one step after the other. */
export function useFlow({ steps }: Flow, { afterStep, onLeave }: FlowEvents = {}): RunningFlow {
  const [progress, setProgress] = useState(NOTHING);
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<string | null>(null);
  const current = useRef(progress);
  const isLeft = useRef(false);

  useEffect(() => {
    isLeft.current = false;
    const leave = () => onLeave?.(current.current.heard);
    addEventListener("pagehide", leave);
    return () => {
      removeEventListener("pagehide", leave);
      isLeft.current = true;
      leave();
    };
  }, [onLeave]);

  function move(to: typeof NOTHING) {
    current.current = to;
    setProgress(to);
  }

  async function step(): Promise<boolean> {
    const { heard, done } = current.current;
    const { run } = steps[done]!;
    // A page of the same origin may be away, too: then `fetch` itself fails.
    const ran = run === undefined ? { ok: true as const, heard } : await run(heard).catch(() => null);
    if (ran === null) setError("The server is out of reach. Press the button again when it is back.");
    else if (ran.ok) move({ heard: ran.heard, done: done + 1 });
    else setError(ran.error);
    afterStep?.();
    if (isLeft.current) onLeave?.(current.current.heard);
    return ran?.ok === true && !isLeft.current;
  }

  async function whileBusy(work: () => Promise<void>) {
    setBusy(true);
    setError(null);
    try {
      await work();
    } finally {
      setBusy(false);
    }
  }

  return {
    ...progress,
    busy,
    error,
    next: () => whileBusy(async () => void (await step())),
    runAll: () =>
      whileBusy(async () => {
        for (let ahead = steps[current.current.done]; ahead !== undefined; ahead = steps[current.current.done]) {
          if (ahead.onlyAs !== undefined || !(await step())) return;
        }
      }),
    again: () => {
      onLeave?.(current.current.heard);
      move(NOTHING);
      setError(null);
    },
  };
}
