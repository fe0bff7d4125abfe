import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { sending } from "../exchange/exchange.ts";
import type { DeviceName } from "./device.ts";
import type { Report } from "./entry.ts";
import { ActionFailed, refusalIn } from "./lab-devices.ts";
import type { LabDevices } from "./lab-devices.ts";
import { readStatus } from "./status.ts";
import { until } from "../run/until.ts";

/** Signs both devices in, and has each open a connection to the API. */
export async function signInBoth(lab: LabDevices, report: Report): Promise<void> {
  const [a, b] = [await lab.signIn("A", report), await lab.signIn("B", report)];
  await lab.lookAtAll();
  const opened = await until(async () => ["A", "B"].every((name) => stateOf(lab, name as DeviceName) === "open"));
  report.say(`Two sessions of one user: ${a.sid} on device A, ${b.sid} on device B.`);
  report.say("The API lets both in. It has looked neither of them up: the signature and the claims say enough.");
  if (opened === null) report.say("Their connections to the API have not opened yet.");
}

/** Device B ends the session of device A, as a user does whose phone is lost. */
export async function revokeA(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const { sid } = lab.device("A");
  const before = (await readStatus())?.last_revocation?.number ?? 0;
  const { accessToken } = await current(lab, "B", report);
  const since = lab.startMeasuring();
  const ended = await lab.exchange(report, {
    method: "DELETE",
    path: `/sessions/${sid}`,
    ...sending(null, accessToken),
  });
  if (ended.answer?.status !== 204) throw new ActionFailed(`Device B could not end it: ${refusalIn(ended)}`);
  const everywhere = await refused(lab, report, ["A"], since, before);
  const other = await lab.askApi("B");
  report.say(
    `Device A’s access token has ${minutesLeft(lab, "A")} to live${everywhere ? ", and nobody takes it any more" : ""}. Device B goes on: ${other.status}.`,
  );
}

/** Ends every session of the user's. */
export async function logOutEverywhere(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const before = (await readStatus())?.last_revocation?.number ?? 0;
  const { accessToken } = await current(lab, "A", report);
  const since = lab.startMeasuring();
  const ended = await lab.exchange(report, { method: "POST", path: "/logout/all", ...sending(null, accessToken) });
  if (ended.answer?.status !== 204) throw new ActionFailed(`It could not be done: ${refusalIn(ended)}`);
  if (!(await refused(lab, report, ["A", "B"], since, before))) return;
  report.say(
    "One entry in the feed ended all of them, however many there are: everything of this user’s that is older than now is refused. So the cards say claims_changed, as after a change of roles; no session is named.",
  );
}

/** A device with an access token that the server takes: after a change of roles a client refreshes first. */
async function current(lab: LabDevices, name: DeviceName, report: Report) {
  if ((await lab.askServer(name)).status === 401) await lab.redeem(name, report);
  return lab.device(name);
}

/** Waits until everybody refuses these devices, and tells how long each took. @returns whether everybody does */
async function refused(
  lab: LabDevices,
  report: Report,
  names: readonly DeviceName[],
  since: number,
  before: number,
): Promise<boolean> {
  let everywhere = true;
  const ofThem = new Set(names.flatMap((name) => [lab.device(name).sid, lab.device(name).sub]));
  for (const name of names) {
    const [api, server, closed] = await Promise.all([
      until(async () => (await lab.askApi(name)).status === 401, since),
      until(async () => (await lab.askServer(name)).status === 401, since),
      until(async () => stateOf(lab, name) !== "open", since),
    ]);
    everywhere &&= api !== null && server !== null;
    report.measure(`Device ${name} refused by the server`, server);
    report.measure(`Device ${name} refused by the API`, api, STALENESS_BOUND_MS);
    const { afterMs, kind } = lab.device(name).connection;
    report.measure(`Device ${name}’s ${kind} closed by the API`, afterMs ?? closed, STALENESS_BOUND_MS);
  }
  for (const name of names) {
    const redeemed = await lab.redeem(name, report);
    report.say(
      `Device ${name} does as any client: it presents its refresh token, is refused (${redeemed.answer?.status ?? "no answer"}), and so knows that it is signed out.`,
    );
  }
  const heard = (await readStatus())?.last_revocation ?? null;
  // Others’ sessions end meanwhile, too.
  if (heard !== null && heard.number > before && ofThem.has(heard.of)) {
    const what = "From the decision to its effect in the API, by the API’s own measure";
    if (heard.latency_ms === null) report.say(`${what}: no time, since the server did not say when it was decided.`);
    else report.measure(what, heard.latency_ms, STALENESS_BOUND_MS);
  }
  return everywhere;
}

const stateOf = (lab: LabDevices, name: DeviceName) => lab.device(name).connection.state;

function minutesLeft(lab: LabDevices, name: DeviceName): string {
  return `${Math.max(0, Math.round((lab.device(name).expiresAt - performance.now()) / 60_000))} minutes`;
}
