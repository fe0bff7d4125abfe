/**
 * Somebody who signs out at one server and goes on asking two others: notes when each of them refuses for the first
 * time. Over HTTP, on connections that stay open.
 */
import { Agent, request as send } from "node:http";
import { answerQuestions } from "../process.ts";

export interface HolderQuestion {
  readonly host: string;
  readonly cookies: readonly string[];
  /** Where it signs out, by the number of the cookie; it asks all the others. */
  readonly ports: readonly number[];
  readonly pauseMs: number;
  readonly askEveryMs: number;
}

/** Milliseconds, one for each cookie and server. */
export interface HolderResult {
  /** From the moment when the request was sent. */
  readonly sinceAsked: readonly number[];
  /** From its answer; below 0 where a refusal was quicker than that. */
  readonly sinceAnswered: readonly number[];
}

/** A revocation that has not arrived by then never will. */
const MOST_MS = 10_000;
const agent = new Agent({ keepAlive: true, maxSockets: 64 });

answerQuestions({}, async (asked) => {
  const question = asked as HolderQuestion;
  const { host, cookies, ports } = question;
  for (const cookie of cookies) {
    const warm = await Promise.all(ports.map((port) => ask(port, host, "GET", "/dashboard", cookie)));
    if (warm.some((status) => status !== 200)) throw new Error(`a warm cookie was answered ${warm.join(", ")}`);
  }
  const [sinceAsked, sinceAnswered]: [number[], number[]] = [[], []];
  for (const [index, cookie] of cookies.entries()) {
    // One after the other: who asks for many at once would be the load that is to be measured beside.
    await sleep(question.pauseMs);
    const at = index % ports.length;
    const began = performance.now();
    const answered = ask(ports[at]!, host, "POST", "/logout", cookie).then((status) => {
      if (status !== 204) throw new Error(`POST /logout answered ${status}`);
      return performance.now();
    });
    const others = ports.filter((_, each) => each !== at);
    const refused = await Promise.all(others.map((port) => refusal(port, host, cookie, question.askEveryMs)));
    const ended = await answered;
    sinceAsked.push(...refused.map((each) => each - began));
    sinceAnswered.push(...refused.map((each) => each - ended));
  }
  return { sinceAsked, sinceAnswered } satisfies HolderResult;
});

/** When the first refusal had arrived. */
async function refusal(port: number, host: string, cookie: string, everyMs: number): Promise<number> {
  const end = performance.now() + MOST_MS;
  while (performance.now() < end) {
    const status = await ask(port, host, "GET", "/dashboard", cookie);
    if (status === 401) return performance.now();
    if (status !== 200) throw new Error(`GET /dashboard answered ${status}`);
    await sleep(everyMs);
  }
  throw new Error("a session that had ended was never refused");
}

function sleep(milliseconds: number): Promise<void> {
  return new Promise((resolve) => setTimeout(resolve, milliseconds));
}

function ask(port: number, host: string, method: string, path: string, cookie: string): Promise<number> {
  const headers = { Host: host, Cookie: cookie, "Sec-Fetch-Site": "same-origin" };
  return new Promise((resolve, reject) => {
    const request = send({ port, host: "127.0.0.1", method, path, headers, agent }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    request.once("error", reject);
    request.end();
  });
}
