import { FACTS } from "../../facts.ts";
import { tryFromOtherSite } from "../attacks/other-site-frame.ts";
import { randomName, traceOf, tracedFetch } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import type { Report } from "../run/run.ts";
import { whileSignedIn } from "../sample-user/browser-session.ts";
import { isRefused, outcomeOf } from "../sample-user/sign-in.ts";
import type { Row } from "./row.ts";

export const OTHER_ORIGIN: Row = {
  id: "other-origin",
  name: "Used in APIs",
  words: { session: "Rare", jwt: "Common", ours: "Both" },
  button: "Call from another origin",
  about:
    "This page calls the API, which is of another origin: with the cookie, and with a token. And a page of another site calls this server.",
  run: (report) =>
    whileSignedIn(report, async () => {
      await byCookie(report);
      await byToken(report);
      const read = (await tryFromOtherSite(["read"])).get("read");
      if (read?.exchange) report.keep(read.exchange);
      const cookie = hasCookie(read?.exchange ?? null) ? "with" : "without";
      const isRead = read?.seen === "answered";
      const how = read?.exchange
        ? `sent ${cookie} the cookie (SameSite), and its answer ${isRead ? "read" : "kept from that page"}`
        : "nothing of it came to the server";
      report.judge(read?.exchange ? !isRead : null, `Another site’s page asks this server for /me: ${how}.`);
    }),
};

async function byCookie(report: Report): Promise<void> {
  const id = randomName();
  const url = `${FACTS.apiUrl ?? ""}/orders?lab-trace=${id}`;
  // No header of its own, or the browser would ask first, and not send it.
  const read = await fetch(url, { credentials: "include" }).then(
    ({ status }) => `read it: ${status}`,
    () => "was not given it",
  );
  const exchange = await traceOf(id);
  if (exchange !== null) report.keep(exchange);
  const status = exchange === null ? "not sent" : outcomeOf(exchange);
  report.figure("session", `the API answered ${status}, and the page ${read}`);
  const refused = isRefused(exchange?.answer?.status);
  const sent = hasCookie(exchange)
    ? "the browser sent it, since ports of one host share their cookies"
    : "the browser sent none";
  const why = refused === true ? ", since it takes no cookie" : "";
  report.judge(refused, `With the cookie: ${sent}; the API answered ${status}${why}, and the page ${read}.`);
}

async function byToken(report: Report): Promise<void> {
  const json = { headers: { "Content-Type": "application/json" }, body: "{}" };
  const refreshed = await tracedFetch("server", "POST", "/refresh", json);
  report.keep(refreshed.exchange);
  const { access_token: token = "" } = (await refreshed.response.json()) as { readonly access_token?: string };
  const asked = await tracedFetch("api", "GET", "/orders", { headers: { Authorization: `Bearer ${token}` } });
  report.keep(asked.exchange);
  const { status } = asked.response;
  report.figure("jwt", `the API answered ${status} to the token, and the page read it`);
  report.figure(
    "ours",
    `the cookie for this server, and by it (${refreshed.response.status}) a token for the API: ${status}`,
  );
  report.say(
    `With a token in Authorization: ${status}. No browser adds it by itself, so no other site can have it sent.`,
  );
}

function hasCookie(exchange: Exchange | null): boolean {
  return exchange?.request.headers.some(([name]) => name.toLowerCase() === "cookie") ?? false;
}
