import { expect, test } from "vitest";
import type { Answer } from "./support/answer.ts";
import { temporaryDirectory } from "./support/directory.ts";
import { Gate } from "./support/gate.ts";
import { call } from "./support/http.ts";
import { seeded } from "./support/random.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { member, signedIn } from "./support/sign-in.ts";
import { addUsers } from "./support/user.ts";

const USERS = Array.from({ length: 4 }, (_, index) => ({ username: `user-${index}`, password: "a long password" }));

/** One client's session, by what the server has acknowledged. */
interface Held {
  /** The newest refresh token that an answer gave. */
  refresh: string;
  access: string;
  state: "live" | "ended" | "unsure";
}

/** Counts the answers of one run, and tells when there have been `limit`. */
class Countdown {
  readonly over = new Gate();
  #left: number;

  constructor(limit: number) {
    this.#left = limit;
  }

  /** The answer, or `null` where the server died before it gave one: then nothing is known. */
  async attempt(answer: Promise<Answer>): Promise<Answer | null> {
    const given = await answer.catch(() => null);
    if (given !== null && --this.#left === 0) this.over.open();
    return given;
  }
}

/** Signs in, refreshes and signs out until the server is gone. */
async function live(
  server: Server,
  user: (typeof USERS)[number],
  random: () => number,
  held: Held[],
  countdown: Countdown,
): Promise<void> {
  for (;;) {
    const opened = await countdown.attempt(call(server, "POST", "/login", { body: user }));
    if (opened === null) return;
    const { refresh, access } = signedIn(opened);
    const session: Held = { refresh, access, state: "live" };
    held.push(session);
    for (let count = Math.floor(random() * 4); count > 0; count--) {
      const refreshed = await countdown.attempt(call(server, "POST", "/refresh", { token: session.refresh }));
      if (refreshed === null) return;
      session.refresh = member(refreshed, "refresh_token");
      session.access = member(refreshed, "access_token");
    }
    if (random() < 0.5) {
      session.state = "unsure";
      const out = await countdown.attempt(call(server, "POST", "/logout", { token: session.refresh }));
      if (out === null) return;
      session.state = "ended";
    }
  }
}

test("killed at random moments of sign-ins, refreshes and logouts, the server stands by every answer that it gave", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, USERS);
  const random = seeded(9);
  const held: Held[] = [];
  const options = { data: directory.path, issuer: "http://localhost:4997" };
  for (let round = 0; round < 4; round++) {
    const server = await startServer(options);
    const countdown = new Countdown(15 + Math.floor(random() * 20));
    const clients = USERS.map((user) => live(server, user, random, held, countdown));
    await countdown.over.passed;
    await server.kill();
    await Promise.all(clients);
  }
  await using server = await startServer(options);
  const seen: unknown[] = [];
  const expected: unknown[] = [];
  for (const { state, refresh, access } of held.filter((session) => session.state !== "unsure")) {
    const me = await call(server, "GET", "/me", { token: access });
    const refreshed = await call(server, "POST", "/refresh", { token: refresh });
    seen.push([state, me.status, refreshed.status]);
    expected.push(state === "live" ? ["live", 200, 200] : ["ended", 401, 401]);
  }
  expect(seen).toEqual(expected);
  const states = new Set(held.map(({ state }) => state));
  expect([states.has("live"), states.has("ended"), held.length > 20]).toEqual([true, true, true]);
});
