import { fork } from "node:child_process";
import { once } from "node:events";
import { fileURLToPath } from "node:url";

/** A process of a bench's own, which ends with the bench. */
export interface Process extends AsyncDisposable {
  /** What it said when it was ready. */
  readonly ready: Readonly<Record<string, string | number>>;
  /** Asks, and waits for the answer. One question at a time. */
  ask<Answer>(question: object): Promise<Answer>;
}

export async function startProcess(name: string, input: object = {}): Promise<Process> {
  const child = fork(fileURLToPath(new URL(`processes/${name}.ts`, import.meta.url)), [JSON.stringify(input)], {
    execArgv: ["--conditions=@counterfoil/source"],
  });
  let waiting = answerToCome();
  child.on("message", (message) => waiting.resolve(message));
  child.on("exit", (code) => waiting.reject(new Error(`${name} ended with ${code}`)));
  return {
    ready: (await waiting.promise) as Process["ready"],
    async ask<Answer>(question: object) {
      waiting = answerToCome();
      child.send(question);
      return (await waiting.promise) as Answer;
    },
    async [Symbol.asyncDispose]() {
      if (child.exitCode !== null || child.signalCode !== null) return;
      // Nobody waits for an answer any more, so the exit is nobody's error.
      waiting.promise.catch(() => undefined);
      child.kill();
      await once(child, "exit");
    },
  };
}

function answerToCome() {
  let resolve!: (message: unknown) => void;
  let reject!: (error: Error) => void;
  const promise = new Promise<unknown>((onMessage, onExit) => {
    resolve = onMessage;
    reject = onExit;
  });
  return { promise, resolve, reject };
}

/** What {@link startProcess} was given, in the process that it started. */
export function processInput(): unknown {
  return JSON.parse(process.argv[2] ?? "{}");
}

/** Says that this process is ready, then answers each question. */
export function answerQuestions(
  ready: Process["ready"],
  answer: (question: unknown) => object | Promise<object>,
): void {
  process.on("message", (question) => {
    void Promise.resolve(answer(question)).then((reply) => process.send?.(reply));
  });
  process.send?.(ready);
}
