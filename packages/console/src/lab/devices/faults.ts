import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { AWAY, bodyOf, runStorm } from "../exchange/exchange.ts";
import type { Device } from "./device.ts";
import { isRotatable } from "./device.ts";
import type { Report } from "./entry.ts";
import { ActionFailed } from "./lab-devices.ts";
import type { LabDevices } from "./lab-devices.ts";
import { act, readStatus } from "./status.ts";
import { pause, until } from "../run/until.ts";

/** Cuts the API off from the server: what is sent neither arrives nor fails. */
export async function cutFeed(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const since = lab.startMeasuring();
  if (!(await act("cut"))) throw new ActionFailed(AWAY);
  let lastAccepted = 0;
  const noticed = await until(async () => {
    const sentAfter = performance.now() - since;
    const { status } = await lab.askApi("A");
    if (status === 200) lastAccepted = sentAfter;
    return status === 503;
  }, since);
  report.measure("The last request that was let in was sent", lastAccepted, STALENESS_BOUND_MS);
  report.measure("The first answer of 503", noticed);
  await lab.lookAtAll(["B"]);
  report.say(
    "The API hears nothing, so it cannot know what was revoked, and lets nobody in: 503, try again. Nobody is signed out by it. Heal it to go on.",
  );
}

/** Heals what was cut. */
export async function healFeed(lab: LabDevices, report: Report): Promise<void> {
  const since = lab.startMeasuring();
  if (!(await act("heal"))) throw new ActionFailed(AWAY);
  await lab.ensure(report);
  const back = await until(async () => (await lab.askApi("A")).status === 200, since);
  await lab.lookAtAll();
  for (const name of ["A", "B"] as const) lab.reconnect(name);
  report.measure("Until the API let device A in again", back);
  report.say("The API asked for what it had missed, and decides by itself again, with the same tokens.");
}

export const STORM = 50;

/** Redeems one refresh token many times at once, as many tabs do that wake together. */
export async function refreshStorm(lab: LabDevices, report: Report): Promise<void> {
  const device = await withFreshToken(lab, report);
  const asked = await runStorm(STORM, { target: "server", ...lab.redemption(device) });
  if (!asked.ok) throw new ActionFailed(asked.error);
  const { exchanges, duration_ms: duration } = asked.storm;
  const answered = exchanges.filter(({ answer }) => answer?.status === 200);
  const successors = new Set(answered.map((each) => bodyOf(each)["refresh_token"]));
  const [first] = answered;
  if (first !== undefined) {
    report.keep(first);
    lab.take(device, first);
  }
  await lab.lookAtAll(["A"]);
  report.measure(`${STORM} redemptions of one refresh token`, duration);
  report.say(
    `${answered.length} of ${STORM} were answered, and ${successors.size} refresh token came of it. Whoever comes second within 30 seconds gets the same one: no honest client is taken for a thief, and there are never two to steal.`,
  );
}

/** Loses the answer of a refresh, and asks again with the same Idempotency-Key. */
export async function loseAnswer(lab: LabDevices, report: Report): Promise<void> {
  const device = await withFreshToken(lab, report);
  const lost = await lab.exchange(report, { ...lab.redemption(device), lose_answer: true });
  if (lost.answer !== null) throw new ActionFailed("The answer came before it could be lost. Try once more.");
  report.say("The server has done it, and the device has heard nothing: it holds a refresh token that is spent.");
  const healed = await lab.redeem("A", report);
  const held = lab.device("A");
  await lab.lookAtAll(["A"]);
  if (healed.answer?.status !== 200 || held.refreshToken === device.refreshToken) {
    throw new ActionFailed(`Asking again did not help: ${healed.answer?.status ?? "no answer"}.`);
  }
  report.measure("Asking again with the same Idempotency-Key", healed.duration_ms);
  report.say(
    `Asked again with the same Idempotency-Key (${device.idempotencyKey.slice(0, 8)}…), it gets the successor. An hour later it would too, since the key says that it is the same client; without one it has 30 seconds.`,
  );
}

/** Device A with a refresh token that the next redemption rotates: a younger one would only be confirmed. */
async function withFreshToken(lab: LabDevices, report: Report): Promise<Device> {
  await lab.ensure(report, ["A"]);
  if (isRotatable(lab.device("A"))) return lab.device("A");
  report.say("Device A is signed in anew first: its refresh token was less than 30 seconds old, and goes on as it is.");
  await lab.signIn("A", report);
  return lab.device("A");
}

/** Has the server hang up on everybody, close its ledger, and start again. */
export async function restartServer(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const before = (await readStatus())?.last_restart?.number ?? 0;
  if (!(await act("restart"))) throw new ActionFailed(AWAY);
  const seen: Record<string, number> = {};
  let awayMs: number | null = null;
  const back = await until(async () => {
    const { status } = await lab.askApi("A");
    seen[status] = (seen[status] ?? 0) + 1;
    const restart = (await readStatus())?.last_restart;
    if (restart !== undefined && restart !== null && restart.number > before) awayMs = restart.away_ms;
    return awayMs !== null;
  });
  if (back === null) throw new ActionFailed("The server has not come back within 10 seconds. Its output says why.");
  // The API's next answer may need what it missed.
  await pause(0);
  await until(async () => (await lab.askApi("A")).status === 200);
  const refreshed = await lab.redeem("A", report);
  await lab.lookAtAll();
  for (const name of ["A", "B"] as const) lab.reconnect(name);
  report.measure("Nobody answered at the server’s port", awayMs);
  const asked = Object.entries(seen).map(([status, count]) => `${count} × ${status === "0" ? "nothing" : status}`);
  report.say(
    `Meanwhile the API, asked by device A, answered ${asked.join(", ")}: it checks tokens by itself, and what it knows is good for a second; after that it would answer 503 until the server is back.`,
  );
  report.say(
    `The sessions are in the ledger, so nobody was signed out: device A’s refresh was answered ${refreshed.answer?.status}.`,
  );
}
