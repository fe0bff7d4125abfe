import type { Variable } from "../../packages/server/src/config/variables.ts";
import { VARIABLES } from "../../packages/server/src/config/variables.ts";
import { bullets, code, page, table } from "./markdown.ts";

const settings = Object.entries(VARIABLES).map(([name, variable]: [string, Variable]) => ({
  name,
  ...variable,
  ...split(variable.about),
}));

export function configuration(): string {
  return page(
    "Configuration",
    "Environment variables, and flags over them, read once at the start. A value that cannot be right stops the start and " +
      "names the variable and the accepted form; so does a `COUNTERFOIL_…` that is not one of these. An empty value is none.",
    "A variable that holds a secret has a twin, `…_FILE`: the path of a file that holds it. Set one of the two. No secret " +
      "has a flag, since a command line is seen by every user of the machine.",
    table(
      ["setting", "flag", "where it is left out"],
      settings.map(({ name, flag, standard }) => [
        `[${code(name)}](#${name.toLowerCase()})`,
        flag === undefined ? "" : code(flag),
        standard ?? "",
      ]),
    ),
    ...settings.map(({ name, form, flag, secret, standard, meaning }) =>
      [
        `## ${code(name)}`,
        ...(meaning === "" ? [] : [meaning]),
        bullets([
          `Form: ${form}`,
          standard !== null && `Where it is left out: ${standard}`,
          flag !== undefined && `Flag: ${code(flag)}`,
          secret === true && `Or ${code(`${name}_FILE`)}: the path of a file that holds it`,
        ]),
      ].join("\n\n"),
    ),
  );
}

/** `variables.ts` ends what it says of a setting with "… where it is left out.", if it may be. */
function split(about: string): { readonly meaning: string; readonly standard: string | null } {
  const sentences = about.split(/(?<=\.) /);
  const standard = /^(.+) where it is left out\.$/.exec(sentences.at(-1)!)?.[1] ?? null;
  return { meaning: (standard === null ? sentences : sentences.slice(0, -1)).join(" "), standard };
}
