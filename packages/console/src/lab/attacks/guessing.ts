import { sending } from "../exchange/exchange.ts";
import type { Exchange } from "../exchange/exchange.ts";
import { outcomeOf, exchange, signInByTokens, signOut } from "../sample-user/sign-in.ts";
import type { Attack } from "./attack.ts";

/**
 * Nobody has it: guesses count for a name whether or not somebody has it. Always the same name, so that it takes no more
 * than its own twenty of the hundred that this address has, which are the visitor's too (docs/limits.md).
 */
const VICTIM = "mallorys-victim";
const GUESSES = 24;

export const GUESSING: Attack = {
  id: "guessing",
  title: "Passwords are guessed (brute force)",
  button: `Try ${GUESSES} passwords`,
  about: `One name, ${GUESSES} wrong passwords, one after the other, from this machine. The name is nobody’s: the server says the same of it as of one that somebody has.`,
  defence:
    "Twenty tries for a name from one address, then one every 15 seconds; and each costs the same time, whether the name exists or not. Where the user has signed in from before, nobody else’s guesses count, so an attacker cannot lock the owner out.",
  async run(report) {
    const tried: Exchange[] = [];
    for (let at = 1; at <= GUESSES; at++) {
      const body = { username: VICTIM, password: `a wrong password, number ${at}` };
      tried.push(await exchange(null, { method: "POST", path: "/login", ...sending(body) }));
    }
    const wrong = tried.filter(({ answer }) => answer?.status === 401);
    const limited = tried.filter(({ answer }) => answer?.status === 429);
    for (const each of [wrong[0], limited[0], limited.at(-1)]) if (each !== undefined) report.keep(each);
    const checked =
      wrong.length === 0
        ? "None of them was checked: the last time that you pressed this counts still"
        : `${wrong.length} were checked, and wrong (401)`;
    const wait = limited[0]?.answer?.headers.find(([name]) => name.toLowerCase() === "retry-after")?.[1];
    const sentence = `${checked}. ${limited.length} were not even looked at (429); the server says to wait ${wait ?? "no"} s.`;
    const decided = limited.length + wrong.length > 0;
    report.judge(decided ? limited.length > 0 : null, sentence);
    const took = Math.max(...limited.map(({ duration_ms: ms }) => ms), 0);
    if (limited.length > 0)
      report.measure("The longest of those that were not looked at: a flood costs the server no hash", took);
    const owner = await signInByTokens(report, "The same machine, meanwhile");
    report.say("arjun signs in from the same address meanwhile: 200. Nobody is locked out by somebody else’s guesses.");
    await signOut(owner);
    const last = tried.at(-1);
    if (last !== undefined && last.answer === null) report.say(`The last one: ${outcomeOf(last)}.`);
  },
};
