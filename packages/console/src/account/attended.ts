import { useEffect, useRef } from "react";

/** Without a movement or a key for so long, nobody is taken to be there. */
const LEFT_MS = 5 * 60_000;

/**
 * Does something at once, whenever the page comes into view, and at an interval while somebody is at it. Not while nobody
 * is: what is asked of the server is activity, and a page that was left open must not keep its session from ending.
 */
export function useWhileAttended(action: () => void, intervalMs: number): void {
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    let seenAt = performance.now();
    const see = () => {
      seenAt = performance.now();
    };
    const look = () => {
      if (document.visibilityState !== "visible") return;
      see();
      latest.current();
    };
    const timer = setInterval(() => {
      const isThere = document.visibilityState === "visible" && performance.now() - seenAt < LEFT_MS;
      if (isThere) latest.current();
    }, intervalMs);
    look();
    const stop = new AbortController();
    const { signal } = stop;
    for (const event of ["pointermove", "pointerdown", "keydown", "scroll"]) {
      addEventListener(event, see, { signal, passive: true });
    }
    document.addEventListener("visibilitychange", look, { signal });
    addEventListener("online", look, { signal });
    return () => {
      clearInterval(timer);
      stop.abort();
    };
  }, [intervalMs]);
}
