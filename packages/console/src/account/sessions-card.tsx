import { useAuth } from "@counterfoil/client/react";
import { useState } from "react";
import type { Answer } from "../api/api.ts";
import { ask } from "../api/api.ts";
import { Paused } from "../attendance/paused.tsx";
import { client } from "../client.ts";
import { useSignOut } from "../page/sign-out.ts";
import { refusalOf } from "../sign-in/refusal.ts";
import { Button } from "../ui/button.tsx";
import { Message } from "../ui/message.tsx";
import type { OwnSession, OwnSessions } from "./own-sessions.ts";
import { SessionItem } from "./session-item.tsx";

/** Where the user is signed in, and what ends that. */
export function SessionsCard({ list, outOfReach, paused, refresh }: OwnSessions) {
  const auth = useAuth();
  const signOut = useSignOut();
  /** What is under way: a `sid`, `others` or `all`. */
  const [underWay, setUnderWay] = useState<string | null>(null);
  const [refused, setRefused] = useState<string | null>(null);
  const [done, setDone] = useState<string | null>(null);

  async function act(what: string, action: () => Promise<Answer>, sentence: string) {
    if (underWay !== null) return;
    setUnderWay(what);
    setRefused(null);
    setDone(null);
    const outcome = await action();
    await refresh();
    setUnderWay(null);
    if (outcome.ok) setDone(sentence);
    // Who was asked for the password, and did not give it, knows.
    else if (outcome.code !== "reauthentication_required") setRefused(refusalOf(outcome));
  }
  async function signOutEverywhere(): Promise<Answer> {
    const ended = await ask("POST", "logout/all");
    // The server has ended it; this browser's tabs are told at once, and not when they next ask.
    if (ended.ok && client.session.current.status === "signed_in") void auth.logout();
    return ended;
  }
  const others = (list ?? []).filter(({ session, ended }) => !ended && !session.current);
  return (
    <section className="card" aria-labelledby="sessions">
      <h2 id="sessions">Where you are signed in</h2>
      <div className="actions">
        <Button
          busy={underWay === "others"}
          disabled={others.length === 0}
          onClick={() => void act("others", () => endAll(others), "All others are ended.")}
        >
          End all others
        </Button>
        <Button
          look="danger"
          busy={underWay === "all"}
          onClick={() => void act("all", signOutEverywhere, "You are signed out everywhere.")}
        >
          Sign out everywhere
        </Button>
      </div>
      <div className="slot" aria-live="polite">
        {refused !== null && <Message kind="error">{refused}</Message>}
        {refused === null && paused && <Paused />}
        {refused === null && !paused && outOfReach && (
          <Message kind="note">The server is out of reach. This list may be old, and goes on by itself.</Message>
        )}
        {refused === null && !paused && !outOfReach && done !== null && <Message kind="done">{done}</Message>}
      </div>
      <ul className="sessions">
        {(list ?? []).map((own) => (
          <SessionItem
            key={own.session.sid}
            own={own}
            busy={underWay === own.session.sid}
            onEnd={() => {
              const { sid, current } = own.session;
              if (current) void signOut();
              else void act(sid, () => end(own), "It is ended.");
            }}
          />
        ))}
      </ul>
    </section>
  );
}

async function end({ session }: OwnSession): Promise<Answer> {
  const ended = await ask("DELETE", `sessions/${session.sid}`);
  // It has ended in the meantime, which is what was asked for.
  return !ended.ok && ended.code === "not_found" ? { ok: true, value: null } : ended;
}

/** One after the other: the first may ask for the password, for all. */
async function endAll(others: readonly OwnSession[]): Promise<Answer> {
  for (const own of others) {
    // oxlint-disable-next-line no-await-in-loop
    const ended = await end(own);
    if (!ended.ok) return ended;
  }
  return { ok: true, value: null };
}
