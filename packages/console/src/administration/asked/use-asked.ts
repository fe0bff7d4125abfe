import type { Refused } from "@counterfoil/client";
import { useEffect, useState } from "react";
import { ask, askQuietly } from "../../api/api.ts";

export interface Asked<Value> {
  /** The newest that came; `null` before the first. */
  readonly value: Value | null;
  /** Why nothing newer did; `null` where it did. */
  readonly refused: Refused | null;
  /** Asks once more, at once. */
  readonly again: () => void;
}

const OUT_OF_REACH: ReadonlySet<string> = new Set(["unavailable", "overloaded", "internal", "too_many_attempts"]);
const AGAIN_MS = 2000;

/**
 * What a route answers: asked for at once, again in a while where that is said, and again by itself while the server is
 * out of reach. What was there before stays until there is something newer.
 *
 * @param everyMs not while nobody looks, nor once the server wants the password again: a page that was left open is
 *   nobody's activity
 */
export function useAsked<Value>(path: string, everyMs: number | null = null): Asked<Value> {
  const [state, setState] = useState<Omit<Asked<Value>, "again">>({ value: null, refused: null });
  const [round, setRound] = useState(0);
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    const wait = (milliseconds: number) => {
      timer = setTimeout(() => {
        if (document.hidden) wait(milliseconds);
        else void look(askQuietly);
      }, milliseconds);
    };
    const look = async (how: typeof ask) => {
      const answer = await how("GET", path);
      if (over) return;
      if (answer.ok) {
        setState({ value: answer.value as Value, refused: null });
        if (everyMs !== null) wait(everyMs);
        return;
      }
      setState((before) => ({ ...before, refused: answer }));
      if (OUT_OF_REACH.has(answer.code)) wait((answer.retryAfterSeconds ?? 0) * 1000 || AGAIN_MS);
    };
    void look(ask);
    return () => {
      over = true;
      clearTimeout(timer);
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another round is asked for by its number alone
  }, [path, everyMs, round]);
  return { ...state, again: () => setRound((before) => before + 1) };
}
