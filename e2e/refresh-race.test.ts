import { setTimeout as sleep } from "node:timers/promises";
import { expect, test } from "vitest";
import { temporaryDirectory } from "./support/directory.ts";
import { call } from "./support/http.ts";
import { openSocket, parseAnswers, readToEnd } from "./support/raw.ts";
import type { Server } from "./support/server.ts";
import { startServer } from "./support/server.ts";
import { ARJUN, claimsOf, KAVYA, member, signIn } from "./support/sign-in.ts";
import { addUsers, openLedger } from "./support/user.ts";

function refreshRequest(server: Server, token: string, ...lines: readonly string[]): string {
  const head = [`Host: localhost:${server.port}`, `Authorization: Bearer ${token}`, ...lines];
  return `POST /refresh HTTP/1.1\r\n${head.join("\r\n")}\r\nConnection: close\r\n\r\n`;
}

/** All of the request but its last byte on each socket, and then all last bytes at once. */
async function allAtOnce(servers: readonly Server[], count: number, token: string) {
  const sockets = await Promise.all(
    Array.from({ length: count }, (_, index) => openSocket(servers[index % servers.length]!.port)),
  );
  const reads = sockets.map((socket) => readToEnd(socket));
  for (const [index, socket] of sockets.entries()) {
    socket.write(refreshRequest(servers[index % servers.length]!, token).slice(0, -1));
  }
  await sleep(100);
  for (const socket of sockets) socket.write("\n");
  return (await Promise.all(reads)).flatMap(parseAnswers);
}

for (const processes of [1, 2]) {
  test(`R062 64 refreshes of one token in the same instant, at ${processes} of the processes on one file, give one successor, and every answer is usable`, async () => {
    await using directory = await temporaryDirectory();
    await addUsers(directory.path, [KAVYA]);
    await using stack = new AsyncDisposableStack();
    const servers: Server[] = [];
    for (let count = 0; count < processes; count++) {
      servers.push(stack.use(await startServer({ data: directory.path, issuer: "http://localhost:4999" })));
    }
    const { refresh, sid } = await signIn(servers[0]!, KAVYA);
    for (let round = 1; round <= 3; round++) {
      const answers = await allAtOnce(servers, 64, refresh);
      expect(answers.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
      expect(new Set(answers.map((answer) => member(answer, "refresh_token"))).size).toBe(1);
      const used = await Promise.all(
        answers.map((answer, index) =>
          call(servers[(index + 1) % processes]!, "GET", "/me", { token: member(answer, "access_token") }),
        ),
      );
      expect(used.map(({ status }) => status)).toEqual(Array.from({ length: 64 }, () => 200));
      expect(new Set(answers.map((answer) => claimsOf(member(answer, "access_token")).sid))).toEqual(new Set([sid]));
    }
    await using ledger = await openLedger(directory.path);
    expect((await ledger.readSession(sid as never))?.session.counter).toBe(1);
    const events = await ledger.readEvents({ sid: sid as never, limit: 1000 });
    expect(events.filter(({ body }) => body.type === "refresh_rotated")).toHaveLength(1);
  });
}

test("R065 the server is killed after the commit and before the client has read: a retry after the restart goes on", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA]);
  const first = await startServer({ data: directory.path, issuer: "http://localhost:4999" });
  const { refresh, sid } = await signIn(first, KAVYA);
  const socket = await openSocket(first.port);
  // Never read: whatever the server sends is lost with the connection.
  socket.pause();
  socket.write(refreshRequest(first, refresh));
  await using ledger = await openLedger(directory.path);
  const counter = async () => (await ledger.readSession(sid as never))?.session.counter;
  await expect.poll(counter, { timeout: 20_000 }).toBe(1);
  await first.kill();
  socket.destroy();

  await using second = await startServer({ data: directory.path, issuer: "http://localhost:4999" });
  const retried = await call(second, "POST", "/refresh", { token: refresh });
  expect(retried.status).toBe(200);
  expect(claimsOf(member(retried, "access_token")).sid).toBe(sid);
  const next = await call(second, "POST", "/refresh", { token: member(retried, "refresh_token") });
  expect(next.status).toBe(200);
  expect(await counter()).toBe(1);
});

test("R064 no restart makes a spent, revoked or superseded credential good again", async () => {
  await using directory = await temporaryDirectory();
  await addUsers(directory.path, [KAVYA, ARJUN]);
  const first = await startServer({ data: directory.path, issuer: "http://localhost:4999" });
  const revoked = await signIn(first, KAVYA);
  const cookie = await signIn(first, { ...KAVYA, transport: "cookie" });
  const superseded = await signIn(first, { ...ARJUN, transport: "cookie" });
  const live = await signIn(first, ARJUN);
  await call(first, "POST", "/logout", { token: revoked.refresh });
  await call(first, "POST", "/logout", { cookie: cookie.cookie });
  const body = { password: ARJUN.password };
  expect((await call(first, "POST", "/reauthenticate", { cookie: superseded.cookie, body })).status).toBe(200);
  const rotated = await call(first, "POST", "/refresh", { token: live.refresh });
  await first.kill();

  await using second = await startServer({ data: directory.path, issuer: "http://localhost:4999" });
  const refused = [
    await call(second, "POST", "/refresh", { token: revoked.refresh }),
    await call(second, "GET", "/me", { token: revoked.access }),
    await call(second, "GET", "/me", { cookie: cookie.cookie }),
    await call(second, "GET", "/me", { token: cookie.access }),
    await call(second, "GET", "/me", { cookie: superseded.cookie }),
  ];
  expect(refused.map(({ status }) => status)).toEqual([401, 401, 401, 401, 401]);
  // And nothing that was good is lost: the spent token's retry gives the same successor as before.
  const repeated = await call(second, "POST", "/refresh", { token: live.refresh });
  expect(member(repeated, "refresh_token")).toBe(member(rotated, "refresh_token"));
});
