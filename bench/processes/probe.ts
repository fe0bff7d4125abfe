/**
 * Asks now and then, as users do, and notes how long each answer took. By a timetable: an answer that is late does not
 * put off the next question, and counts from when it should have been asked.
 */
import { Agent, request as send } from "node:http";
import { answerQuestions } from "../process.ts";

export interface Probe {
  readonly port: number;
  readonly milliseconds: number;
  /** Asked in turn, one every `everyMs`. */
  readonly everyMs: number;
  readonly questions: readonly Question[];
}

export interface Question {
  readonly name: string;
  readonly method: string;
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
}

/** Milliseconds by name, of the answers that were 200; and how many were something else. */
export interface ProbeResult {
  readonly latencies: Readonly<Record<string, readonly number[]>>;
  readonly others: number;
}

const agent = new Agent({ keepAlive: true });
answerQuestions({}, (question) => run(question as Probe));

async function run({ port, milliseconds, everyMs, questions }: Probe): Promise<ProbeResult> {
  const latencies: Record<string, number[]> = {};
  let others = 0;
  const note = async (question: Question, due: number) => {
    const status = await ask(port, question);
    if (status === 200) (latencies[question.name] ??= []).push(performance.now() - due);
    else others++;
  };
  const start = performance.now();
  const asked: Promise<void>[] = [];
  for (let turn = 0; turn * everyMs < milliseconds; turn++) {
    const due = start + turn * everyMs;
    await new Promise((resolve) => setTimeout(resolve, Math.max(0, due - performance.now())));
    asked.push(note(questions[turn % questions.length]!, due));
  }
  await Promise.all(asked);
  return { latencies, others };
}

function ask(port: number, { method, path, headers }: Question): Promise<number> {
  return new Promise((resolve, reject) => {
    const request = send({ port, host: "127.0.0.1", method, path, headers, agent }, (answer) => {
      answer.resume().once("end", () => resolve(answer.statusCode ?? 0));
    });
    request.once("error", reject);
    request.end();
  });
}
