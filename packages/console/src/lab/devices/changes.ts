import { STALENESS_BOUND_MS } from "@counterfoil/protocol";
import { bodyOf } from "../exchange/exchange.ts";
import { shortKid } from "./device.ts";
import type { Report } from "./entry.ts";
import type { LabDevices } from "./lab-devices.ts";
import { USER } from "./lab-devices.ts";
import { asOperator } from "./operator.ts";
import { until } from "../run/until.ts";

/** Gives the user of both devices the role admin, or takes it back. */
export async function changeRole(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const { sub, roles } = lab.device("A");
  const next = roles.includes("admin") ? ["user"] : ["user", "admin"];
  const before = await lab.askApi("A", "/reports");
  const since = lab.startMeasuring();
  await asOperator(lab, report, `/admin/users/${encodeURIComponent(sub)}/roles`, { roles: next });
  const noticed = await until(async () => (await lab.askApi("A")).code === "claims_changed", since);
  report.measure("Old tokens refused by the API, the operator’s sign-in included", noticed, STALENESS_BOUND_MS);
  for (const name of ["A", "B"] as const) await lab.redeem(name, report);
  await lab.lookAtAll();
  const after = await lab.askApi("A", "/reports");
  report.say(
    `${USER.username} is now ${next.join(" and ")}. Tokens that said otherwise were refused as claims_changed; each device refreshed, and nobody signed in again.`,
  );
  report.say(`GET /reports, which takes the role admin: ${before.status} before, ${after.status} now.`);
}

/** Has another key sign access tokens from now on. */
export async function rotateKey(lab: LabDevices, report: Report): Promise<void> {
  await lab.ensure(report);
  const old = lab.device("A");
  const rotated = await asOperator(lab, report, "/admin/keys/rotate", { now: true });
  const { kid } = bodyOf(rotated);
  const stillGood = await lab.askApi("A");
  await lab.redeem("A", report);
  const since = performance.now();
  const taken = await until(async () => (await lab.askApi("A")).status === 200, since);
  await lab.lookAtAll();
  report.measure("First token under the new key taken by the API", taken);
  report.say(
    `Key ${shortKid(String(kid))} signs in the place of ${shortKid(old.kid)}. A token under the old key is good until it expires: ${stillGood.status}.`,
  );
  report.say(
    "The API met a name that it did not know, fetched the public keys once, and checks by itself again. Nobody signed in.",
  );
}
