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

/** @param query with its `after`; `null`: not now. What has come stays. */
export function useFollow(query: string | null): Followed {
  const [events, setEvents] = useState<readonly LoggedEvent[]>([]);
  const [state, setState] = useState<FollowState>({ status: "connecting" });
  useEffect(() => {
    if (query === null) return undefined;
    const over = new AbortController();
    const take = (more: readonly LoggedEvent[]) =>
      setEvents((before) => [...more.toReversed(), ...before].slice(0, MOST));
    void follow(new URLSearchParams(query), { events: take, state: setState }, over.signal);
    return () => over.abort();
  }, [query]);
  return { events, state };
}
