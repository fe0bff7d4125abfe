import { systemClock } from "@counterfoil/core";
import type { Command } from "commander";
import { examine } from "../doctor/doctor.ts";
import type { Finding } from "../doctor/finding.ts";
import { counted } from "../counted.ts";
import { addSettingFlags, commandEnvironment } from "./environment-flags.ts";
import { FAILURE_EXIT } from "./failure.ts";
import { print } from "./print.ts";
import type { Flags } from "./print.ts";

export function addDoctor(program: Command): void {
  const command = program
    .command("doctor")
    .description("look at the configuration, the files and the ledger, change nothing, and say what is wrong")
    .option("--json", "as JSON");
  addSettingFlags(command, ["COUNTERFOIL_DATA"]).action(run);
}

async function run(flags: Flags): Promise<void> {
  const findings = await examine(commandEnvironment(flags), systemClock);
  const problems = findings.filter(({ level }) => level === "problem").length;
  if (problems > 0) process.exitCode = FAILURE_EXIT;
  print(flags, { findings }, () => render(findings));
}

const MARKS: Readonly<Record<Finding["level"], string>> = { ok: "ok", warning: "warning", problem: "PROBLEM" };

function render(findings: readonly Finding[]): readonly string[] {
  const lines = findings.flatMap(({ check, level, sentence, remedy }) => {
    const line = `${MARKS[level].padEnd(8)} ${check.padEnd(20)} ${sentence}`;
    return remedy === null ? [line] : [line, `${" ".repeat(30)}→ ${remedy}`];
  });
  const count = (level: Finding["level"]) => findings.filter((each) => each.level === level).length;
  return [...lines, "", `${counted(count("problem"), "problem")}, ${counted(count("warning"), "warning")}.`];
}
