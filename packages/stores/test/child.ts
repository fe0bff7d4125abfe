// A second process on the same file: started by `process.ts`, and told what to do by its arguments.
import { writeSync } from "node:fs";
import { DatabaseSync } from "node:sqlite";
import { systemClock } from "@counterfoil/core";
import type { Ledger, Sid, Subject } from "@counterfoil/core";
import { sqliteLedger } from "@counterfoil/stores/sqlite";
import { LedgerFile } from "@counterfoil/stores/sqlite-file";
import type { RestoreStep } from "@counterfoil/stores/sqlite-file";
import { locatorOf, open, redeem } from "./make.ts";

const [task = "", path = "", ...rest] = process.argv.slice(2);

/** Written at once and by the kernel, so that a `kill -9` right after loses nothing. */
function say(what: unknown): void {
  writeSync(1, `${JSON.stringify(what)}\n`);
}

const started = new Promise<void>((resolve) => {
  process.stdin.once("data", () => resolve());
});

const tasks: Record<string, () => Promise<void>> = {
  /** Opens the file when told to. */
  open: async () => {
    say("ready");
    await started;
    await using ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    say((await ledger.readRevocations(null)).timeline);
  },

  /** Presents one token many times. */
  redeem: async () => {
    const [sid, counter, times] = rest;
    await using ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    say("ready");
    await started;
    const answers = await Promise.all(
      Array.from({ length: Number(times) }, () => redeem(ledger, sid as Sid, Number(counter))),
    );
    say(answers.map((answer) => [answer.outcome, "session" in answer ? answer.session.counter : null]));
  },

  /** Takes attempts of a bucket that all share, and of one of its own, in the order that it is told. */
  attempts: async () => {
    await using ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    say("ready");
    await started;
    const buckets = rest.map((key) => ({ key, burst: key === "shared" ? 25 : 20, refillSeconds: 3600 }));
    const taken = await Promise.all(Array.from({ length: 40 }, () => ledger.takeAttempts({ buckets })));
    say(taken.filter(({ outcome }) => outcome === "taken").length);
  },

  /** Writes for several users at once until it is killed, and says what has been acknowledged. */
  write: async () => {
    const [prefix = "", ...subjects] = rest;
    const ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    await Promise.all(subjects.map((subject) => writeFor(ledger, subject as Subject, prefix)));
  },

  /** Appends events to the log one by one, and says how many. */
  events: async () => {
    await using ledger = sqliteLedger({ path, clock: systemClock });
    await ledger.open();
    say("ready");
    await started;
    const event = { subject: null, sid: null, context: null, agoMs: 0 } as const;
    for (let count = 1; count <= Number(rest[0]); count++) {
      await ledger.appendEvents([{ ...event, body: { type: "events_dropped", count } }]);
    }
    say(Number(rest[0]));
  },

  /** Brings the file's schema up to date, when told to. */
  migrate: async () => {
    say("ready");
    await started;
    say(await new LedgerFile({ path, clock: systemClock }).migrate());
  },

  /** Copies the file. */
  backup: async () => {
    say("ready");
    say(new LedgerFile({ path, clock: systemClock }).backUp(rest[0] ?? "", false));
  },

  /** Restores a backup, and kills itself before one of its steps. */
  restore: async () => {
    const [backup = "", fatal] = rest;
    const onStep = (step: RestoreStep) => {
      if (step === fatal) process.kill(process.pid, "SIGKILL");
    };
    say("ready");
    say(await new LedgerFile({ path, clock: systemClock }).restore(backup, { keepSessions: false, onStep }));
  },

  /** Opens the file, or says why not. */
  tryOpen: async () => {
    const ledger = sqliteLedger({ path, clock: systemClock });
    say(
      await ledger.open().then(
        () => "opened",
        (error: Error) => error.message,
      ),
    );
  },

  /** Has the ledger open, as a server does, until it is killed. */
  holdOpen: async () => {
    await sqliteLedger({ path, clock: systemClock }).open();
    say("open");
    await started;
  },

  /** Keeps the file locked, until its input ends. */
  lock: async () => {
    const database = new DatabaseSync(path);
    database.exec("BEGIN EXCLUSIVE");
    say("ready");
    await started;
    database.exec("ROLLBACK");
  },

  /** Opens the file as a user to whom it does not belong. */
  stranger: async () => {
    const ledger = sqliteLedger({ path, clock: systemClock });
    // Root may write whatever it likes; 65534 is "nobody".
    if (process.getuid?.() === 0) process.seteuid?.(65_534);
    try {
      await ledger.open();
      say({ name: "opened" });
    } catch (error) {
      say({ name: (error as Error).name, message: (error as Error).message });
    }
  },
};

async function writeFor(ledger: Ledger, subject: Subject, prefix: string): Promise<never> {
  let { claimsVersion } = (await ledger.readUser(subject))!.user;
  for (let count = 0; ; count++) {
    const sid = `ses_${subject}_${prefix}_${count}` as Sid;
    await open(ledger, { subject, claimsVersion }, { sid, locatorHash: locatorOf(sid), sessionLimit: 3 });
    say({ opened: sid });
    await redeem(ledger, sid, 0);
    say({ rotated: sid });
    if (count % 5 === 4) {
      const ended = await ledger.revokeSessions({ subject, except: sid, reason: "logout_all", context: null });
      if (ended.outcome === "revoked") ({ claimsVersion } = ended);
      say({ subject, claimsVersion });
    }
  }
}

await tasks[task]?.();
process.exit();
