import type { Command } from "commander";
import { createProgram } from "../../packages/server/src/cli.ts";
import { LEDGER_SETTINGS } from "../../packages/server/src/cli/environment-flags.ts";
import { FAILURE_EXIT, USAGE_EXIT } from "../../packages/server/src/cli/failure.ts";
import { capitalized, code, page, table } from "./markdown.ts";

export function commands(): string {
  const program = createProgram();
  const leaves = program.commands.flatMap(leavesOf);
  return page(
    "Commands",
    "`npx counterfoil <command>`. `--help` after any of them says the same as this page; `--version` prints the version.",
    table(
      ["command", "does"],
      leaves.map(({ path, command }) => [`[${code(path)}](#${anchor(path)})`, sentence(command.description())]),
    ),
    table(
      ["exit code", "means"],
      [
        ["0", "done"],
        [String(FAILURE_EXIT), "could not be done: a sentence on standard error says why"],
        [String(USAGE_EXIT), "was asked wrongly: a flag, an argument or a setting"],
      ],
    ),
    'With `--json` that sentence is `{"error": …, "code": …}`, on one line.',
    `${LEDGER_SETTINGS.join(" ")} They are those of every command that has \`--data\`, but for the demonstration's, and all settings are in [configuration.md](configuration.md).`,
    ...leaves.map(section),
  );
}

interface Leaf {
  readonly path: string;
  readonly command: Command;
}

/** The commands that do something: those that only hold others are in their paths. */
function leavesOf(command: Command): Leaf[] {
  const own = command.commands.flatMap(leavesOf);
  if (own.length > 0) return own.map((leaf) => ({ ...leaf, path: `${command.name()} ${leaf.path}` }));
  return [{ path: command.name(), command }];
}

function section({ path, command }: Leaf): string {
  const help = command.createHelp();
  const options = command.options.filter(({ hidden }) => !hidden);
  const rows = [
    ...command.registeredArguments.map((argument) => [
      code(argument.required ? `<${argument.name()}>` : `[${argument.name()}]`),
      help.argumentDescription(argument),
    ]),
    ...options.map((option) => [code(option.flags), help.optionDescription(option)]),
  ];
  const usage = `\`\`\`\n${help.commandUsage(command)}\n\`\`\``;
  return [
    `## ${code(path)}`,
    sentence(command.description()),
    usage,
    ...(rows.length === 0 ? [] : [table(["", ""], rows)]),
  ].join("\n\n");
}

function sentence(text: string): string {
  return /[.)]$/.test(text) ? capitalized(text) : `${capitalized(text)}.`;
}

function anchor(path: string): string {
  return path.replaceAll(" ", "-");
}
