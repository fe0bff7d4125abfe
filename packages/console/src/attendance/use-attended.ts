import { useEffect, useRef, useSyncExternalStore } from "react";
import { attendance } from "./attendance.ts";

/** Whether somebody is at the page. */
export function useAttended(): boolean {
  return useSyncExternalStore(attendance.subscribe, attendance.snapshot);
}

/**
 * Does something as soon as somebody is at the page, at an interval for as long as that is so, and when the network is
 * back.
 *
 * @returns whether somebody is
 */
export function useWhileAttended(action: () => void, intervalMs: number): boolean {
  const attended = useAttended();
  const latest = useRef(action);
  useEffect(() => {
    latest.current = action;
  });
  useEffect(() => {
    if (!attended) return undefined;
    const look = () => latest.current();
    const timer = setInterval(look, intervalMs);
    addEventListener("online", look);
    look();
    return () => {
      clearInterval(timer);
      removeEventListener("online", look);
    };
  }, [attended, intervalMs]);
  return attended;
}
