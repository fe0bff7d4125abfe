import { bodyOf, sending } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { KAVYA } from "../sample-user/sign-in.ts";
import type { Report } from "./entry.ts";
import { ActionFailed, refusalIn } from "./lab-devices.ts";
import type { LabDevices } from "./lab-devices.ts";

const OPERATOR = { ...KAVYA, device_name: "The Lab’s operator" };

/** Does one thing as the demonstration's administrator, who signs in for it and out again: nobody has to be signed in here. */
export async function asOperator(lab: LabDevices, report: Report, path: string, body: object): Promise<Exchange> {
  const signedIn = await lab.exchange(null, { method: "POST", path: "/login", ...sending(OPERATOR) });
  const { access_token: token } = bodyOf(signedIn);
  if (typeof token !== "string") {
    throw new ActionFailed(`The operator, kavya, was not signed in: ${refusalIn(signedIn)}`);
  }
  let done: Exchange;
  try {
    done = await lab.exchange(report, { method: "POST", path, ...sending(body, token) });
  } finally {
    await lab.exchange(null, { method: "POST", path: "/logout", ...sending(null, token) }).catch(() => undefined);
  }
  if (done.answer?.status !== 200) throw new ActionFailed(`The server refused it: ${refusalIn(done)}`);
  return done;
}
