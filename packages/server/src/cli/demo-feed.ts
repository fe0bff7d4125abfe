import type { Command } from "commander";
import { notDone } from "./failure.ts";
import { isJson, print } from "./print.ts";
import type { Flags } from "./print.ts";

/** Where the sample API listens, where no flag says otherwise. */
export const DEMO_API_PORT = 4001;

/** `counterfoil demo cut` and `heal`: the network between the running demonstration's API and its server. */
export function addSwitchFeed(demo: Command): void {
  const add = (name: "cut" | "heal", description: string) =>
    demo
      .command(name)
      .description(description)
      .action((_flags: unknown, command: Command) => switchFeed(name, command.optsWithGlobals()));
  add("cut", "cut the running demonstration's API off from its server: nothing arrives, nothing fails");
  add("heal", "heal what was cut");
}

async function switchFeed(name: "cut" | "heal", flags: Flags): Promise<void> {
  const port = flags["apiPort"] as number;
  const response = await fetch(`http://127.0.0.1:${port}/feed/${name}`, {
    method: "POST",
    signal: AbortSignal.timeout(5000),
  }).catch(() => null);
  if (response?.ok !== true) {
    const sentence = `No demonstration's API answers on port ${port}: start one with \`counterfoil demo\`, or say where it is with --api-port.`;
    return notDone(sentence, "not_found", isJson(flags));
  }
  print(flags, { feed: name === "cut" ? "cut" : "healed" }, () =>
    name === "cut"
      ? [
          "Cut. Within a second the API notices that it hears nothing, and answers 503: it cannot know what was revoked.",
          `Heal it with: counterfoil demo heal${port === DEMO_API_PORT ? "" : ` --api-port ${port}`}`,
        ]
      : ["Healed. The API catches up, and decides by itself again."],
  );
}
