import { setTimeout as sleep } from "node:timers/promises";
import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { expect, test } from "vitest";
import { call } from "./support/http.ts";
import type { Place, Service } from "./support/service.ts";
import { startPlace, startService } from "./support/service.ts";
import { ARJUN, KAVYA, signIn } from "./support/sign-in.ts";

const PATIENCE = { timeout: 30_000, interval: 20 };

/** Presents a token again and again; each answer with the moment before which it was not yet asked for. */
function watch(service: Service, token: string) {
  const seen: { readonly at: number; readonly outcome: string }[] = [];
  const ending = new AbortController();
  const watching = (async () => {
    while (!ending.signal.aborted) {
      const at = performance.now();
      seen.push({ at, outcome: await service.check(token) });
      await sleep(5);
    }
  })();
  return {
    seen,
    async end() {
      ending.abort();
      await watching;
    },
  };
}

/** Ends a session at the server itself, and gives the moment at which that stood. */
async function revoke(place: Place, access: string): Promise<number> {
  expect((await call(place.server, "POST", "/logout", { token: access })).status).toBe(204);
  return performance.now();
}

async function settledAs(service: Service, token: string, outcome: string) {
  await expect.poll(() => service.check(token), PATIENCE).toBe(outcome);
}

test("R021 R123 a sign-out is refused by a service that asks nobody, and a role change seen without a new sign-in", async () => {
  await using place = await startPlace();
  await using service = startService(place);
  await service.verifier.ready();
  const { access } = await signIn(place.server, KAVYA);
  const arjun = await signIn(place.server, ARJUN);
  expect([await service.check(access), await service.check(arjun.access)]).toEqual(["accepted", "accepted"]);
  const watched = watch(service, access);
  const revokedAt = await revoke(place, access);
  await settledAs(service, access, "401 session_revoked");
  await watched.end();
  const late = watched.seen.filter(({ at, outcome }) => outcome === "accepted" && at > revokedAt + STALENESS_BOUND_MS);
  expect(late).toEqual([]);

  const admin = await signIn(place.server, KAVYA);
  await call(place.server, "POST", `/admin/users/${arjun.sub}/roles`, {
    token: admin.access,
    body: { roles: ["admin"] },
  });
  await settledAs(service, arjun.access, "401 claims_changed");
  const refreshed = await call(place.server, "POST", "/refresh", { token: arjun.refresh });
  const seen = await service.verifier.verify(String(refreshed.body["access_token"]));
  expect(seen).toMatchObject({ ok: true, auth: { roles: ["admin"] } });
});

test.each([
  ["catch-up", "503 stale"],
  ["reject", "503 stale"],
  ["accept", "accepted"],
] as const)(
  "R124 R127 behind a network that drops and tells nobody, %s answers %s; healed, what was revoked meanwhile is known first",
  async (whenStale, cutOff) => {
    await using place = await startPlace();
    await using service = startService(place, { whenStale });
    await service.verifier.ready();
    const { access } = await signIn(place.server, KAVYA);
    const kept = await signIn(place.server, ARJUN);
    await settledAs(service, access, "accepted");
    place.link.cut();
    const watched = watch(service, access);
    const revokedAt = await revoke(place, access);
    await expect.poll(() => service.verifier.status.state, PATIENCE).toBe("stale");
    await settledAs(service, kept.access, cutOff);
    place.link.heal();
    await settledAs(service, access, "401 session_revoked");
    await settledAs(service, kept.access, "accepted");
    expect(service.verifier.status.state).toBe("fresh");
    await watched.end();
    const late = watched.seen.filter(
      ({ at, outcome }) => outcome === "accepted" && at > revokedAt + STALENESS_BOUND_MS,
    );
    // To accept what may be revoked is what that policy says, by its name.
    expect(whenStale === "accept" ? [] : late).toEqual([]);
    const last = watched.seen.findLastIndex(({ outcome }) => outcome === "accepted");
    const first = watched.seen.findIndex(({ outcome }) => outcome === "401 session_revoked");
    // Never accepted again once it was refused.
    expect(last).toBeLessThan(first);
  },
);

test("R129 a service that starts while it is cut off accepts nothing, whatever its policy, and is ready once healed", async () => {
  await using place = await startPlace();
  const { access } = await signIn(place.server, KAVYA);
  place.link.cut();
  for (const whenStale of ["catch-up", "reject", "accept"] as const) {
    await using service = startService(place, { whenStale });
    expect([whenStale, await service.check(access), service.verifier.status.state]).toEqual([
      whenStale,
      "503 cold",
      "cold",
    ]);
  }
  await using service = startService(place);
  const ready = service.verifier.ready();
  expect(await service.check(access)).toBe("503 cold");
  place.link.heal();
  await ready;
  expect(await service.check(access)).toBe("accepted");
});

test("R127 a server process that is paused proves nothing, though its sockets are open", async () => {
  await using place = await startPlace();
  await using service = startService(place);
  await service.verifier.ready();
  const { access } = await signIn(place.server, KAVYA);
  await settledAs(service, access, "accepted");
  process.kill(place.server.pid, "SIGSTOP");
  try {
    await settledAs(service, access, "503 stale");
  } finally {
    process.kill(place.server.pid, "SIGCONT");
  }
  await settledAs(service, access, "accepted");
  expect(service.verifier.status.state).toBe("fresh");
});

test("R127 what a dead server has sent, delivered late by a proxy, makes nobody fresh", async () => {
  await using place = await startPlace();
  const states: string[] = [];
  await using service = startService(place, { whenStale: "reject", onStateChange: (state) => states.push(state) });
  await service.verifier.ready();
  const { access } = await signIn(place.server, KAVYA);
  await settledAs(service, access, "accepted");
  place.link.cut();
  await settledAs(service, access, "503 stale");
  // It has gone on sending receipts meanwhile, and dies.
  await place.server.kill();
  // From here on all that it has sent is older than the bound.
  await sleep(STALENESS_BOUND_MS + 100);
  const before = states.length;
  await place.link.drain(100);
  expect(await service.check(access)).toBe("503 stale");
  expect(states.slice(before)).not.toContain("fresh");
});

test("R126 a server that is killed and started again: nothing revoked comes back, and the service follows on", async () => {
  await using place = await startPlace();
  await using service = startService(place);
  await service.verifier.ready();
  const gone = await signIn(place.server, KAVYA);
  const kept = await signIn(place.server, ARJUN);
  await revoke(place, gone.access);
  await place.server.kill();
  await settledAs(service, kept.access, "503 stale");
  await place.startAgain();
  await settledAs(service, kept.access, "accepted");
  expect(await service.check(gone.access)).toBe("401 session_revoked");
  await revoke(place, kept.access);
  await settledAs(service, kept.access, "401 session_revoked");
});

test("R126 connections that are reset again and again lose no revocation", async () => {
  await using place = await startPlace();
  await using service = startService(place);
  await service.verifier.ready();
  const sessions = await Promise.all(Array.from({ length: 20 }, () => signIn(place.server, KAVYA)));
  for (const { access } of sessions) {
    await revoke(place, access);
    place.link.reset();
  }
  for (const { access } of sessions) await settledAs(service, access, "401 session_revoked");
  const { access } = await signIn(place.server, KAVYA);
  await settledAs(service, access, "accepted");
  expect(service.verifier.status.revocations).toBe(sessions.length);
});

test("R133 a credential that is removed ends its streams, and the service accepts nothing from then on", async () => {
  await using place = await startPlace();
  await using service = startService(place);
  await service.verifier.ready();
  const { access } = await signIn(place.server, KAVYA);
  await settledAs(service, access, "accepted");
  const admin = await signIn(place.server, KAVYA);
  const listed = await call(place.server, "GET", "/admin/verifiers", { token: admin.access });
  const [{ id }] = listed.body["verifiers"] as [{ readonly id: string }];
  const removed = await call(place.server, "DELETE", `/admin/verifiers/${id}`, { token: admin.access });
  expect(removed.status).toBe(204);
  await settledAs(service, access, "503 stale");
});
