import type { ListedSession } from "@counterfoil/client";
import { useCallback, useRef, useState } from "react";
import { useWhileAttended } from "../attendance/use-attended.ts";
import { client } from "../client.ts";

export interface OwnSession {
  readonly session: ListedSession;
  /** It was there when the page was opened, or since, and is no more. */
  readonly ended: boolean;
  /** It was opened while the page was. */
  readonly isNew: boolean;
}

export interface OwnSessions {
  /** `null` until the server has told. */
  readonly list: readonly OwnSession[] | null;
  /** What is shown may be old. */
  readonly outOfReach: boolean;
  /** It is kept up to date no more, until somebody is at the page. */
  readonly paused: boolean;
  readonly refresh: () => Promise<void>;
}

/** How soon the page shows what has ended or begun elsewhere. */
const INTERVAL_MS = 5000;

/** The user's sessions, kept up to date while somebody looks. */
export function useOwnSessions(): OwnSessions {
  const [list, setList] = useState<readonly OwnSession[] | null>(null);
  const [outOfReach, setOutOfReach] = useState(false);
  const asked = useRef(0);

  const refresh = useCallback(async () => {
    const mine = ++asked.current;
    const seen = await client.sessions();
    // A later question was asked of a later state.
    if (mine !== asked.current) return;
    setOutOfReach(!seen.ok && seen.code === "unavailable");
    if (seen.ok) setList((before) => merged(before, seen.sessions));
  }, []);
  const attended = useWhileAttended(() => void refresh(), INTERVAL_MS);
  return { list, outOfReach, paused: !attended, refresh };
}

/** Nothing changes its place while somebody is about to press a button beside it: what ends is marked, what is new is last. */
export function merged(before: readonly OwnSession[] | null, listed: readonly ListedSession[]): readonly OwnSession[] {
  const fresh = listed.toSorted((left, right) => Number(right.current) - Number(left.current));
  if (before === null) return fresh.map((session) => ({ session, ended: false, isNew: false }));
  const bySid = new Map(fresh.map((session) => [session.sid, session]));
  const known = before.map((own) => {
    const session = bySid.get(own.session.sid);
    bySid.delete(own.session.sid);
    return session === undefined ? { ...own, ended: true } : { ...own, session };
  });
  return [...known, ...[...bySid.values()].map((session) => ({ session, ended: false, isNew: true }))];
}
