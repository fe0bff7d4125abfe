import type { Refused } from "@counterfoil/client";
import { useEffect, useState } from "react";
import { isOutOfReach } from "../../api/answer.ts";
import { ask, askQuietly } from "../../api/api.ts";
import { attendance } from "../../attendance/attendance.ts";
import { useAttended } from "../../attendance/use-attended.ts";

export interface Asked<Value> {
  /** The newest that came; `null` before the first. */
  readonly value: Value | null;
  /** Whether that is of the path that is asked for now, and not of one before. */
  readonly settled: boolean;
  /** Why nothing newer did; `null` where it did. */
  readonly refused: Refused | null;
  /** It is not asked for again by itself until somebody is at the page. */
  readonly paused: boolean;
  /** Asks once more, at once. */
  readonly again: () => void;
}

const AGAIN_MS = 2000;

interface State<Value> extends Pick<Asked<Value>, "value" | "refused"> {
  /** The path that the value is of. */
  readonly of: string | null;
}

/**
 * What a route answers: asked for at once, again in a while where that is said, and again by itself while the server is
 * out of reach. What was there before stays until there is something newer.
 *
 * @param everyMs not while nobody is at the page, nor once the server wants the password again: a page that was left
 *   open is nobody's activity
 */
export function useAsked<Value>(path: string, everyMs: number | null = null): Asked<Value> {
  const [state, setState] = useState<State<Value>>({ value: null, of: null, refused: null });
  const [round, setRound] = useState(0);
  const attended = useAttended();
  useEffect(() => {
    let over = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let callOff: (() => void) | undefined;
    const wait = (milliseconds: number) => {
      timer = setTimeout(() => {
        callOff = attendance.when(() => void look(askQuietly));
      }, milliseconds);
    };
    const look = async (how: typeof ask) => {
      const answer = await how("GET", path);
      if (over) return;
      if (answer.ok) {
        setState({ value: answer.value as Value, of: path, refused: null });
        if (everyMs !== null) wait(everyMs);
        return;
      }
      setState((before) => ({ ...before, refused: answer }));
      if (passes(answer)) wait((answer.retryAfterSeconds ?? 0) * 1000 || AGAIN_MS);
    };
    void look(ask);
    return () => {
      over = true;
      clearTimeout(timer);
      callOff?.();
    };
    // oxlint-disable-next-line react/exhaustive-effect-dependencies -- another round is asked for by its number alone
  }, [path, everyMs, round]);
  const goesOn = state.refused === null ? everyMs !== null : passes(state.refused);
  return {
    value: state.value,
    settled: state.of === path,
    refused: state.refused,
    paused: goesOn && !attended,
    again: () => setRound((before) => before + 1),
  };
}

/** The same may be answered a little later. */
function passes(refused: Refused): boolean {
  return isOutOfReach(refused) || refused.code === "too_many_attempts";
}
