import { useEffect, useState } from "react";
import type { LoggedEvent } from "./event.ts";
import { follow } from "./follow.ts";
import type { FollowState } from "./follow.ts";

/** So many are kept in the page: what is older is in the log. */
const MOST = 500;

export interface Followed {
  /** The newest first. */
  readonly events: readonly LoggedEvent[];
  readonly state: FollowState;
}

const NONE: readonly LoggedEvent[] = [];

/**
 * @param filter what is followed: of another, nothing that has come is kept
 * @param query that, with its `after`; `null`: not now. What has come stays.
 */
export function useFollow(filter: string, query: string | null): Followed {
  const [came, setCame] = useState({ filter, events: NONE });
  const [state, setState] = useState<FollowState>({ status: "connecting" });
  useEffect(() => {
    if (query === null) return undefined;
    const over = new AbortController();
    const take = (more: readonly LoggedEvent[]) => {
      // Another filter and back again: the same come once more.
      const ids = new Set(more.map(({ id }) => id));
      setCame((before) => {
        const kept = before.filter === filter ? before.events.filter(({ id }) => !ids.has(id)) : NONE;
        return { filter, events: [...more.toReversed(), ...kept].slice(0, MOST) };
      });
    };
    void follow(new URLSearchParams(query), { events: take, state: setState }, over.signal);
    return () => over.abort();
  }, [filter, query]);
  return { events: came.filter === filter ? came.events : NONE, state };
}
