import type { Command } from "commander";
import { addSettingFlags } from "./environment-flags.ts";
import { wholeNumber } from "./number.ts";
import { addUser } from "./users/add.ts";
import { deleteUser, disableUser, enableUser, setRoles } from "./users/change.ts";
import { listUsers } from "./users/list.ts";
import { resetPassword } from "./users/reset-password.ts";

const NAME = "a user name, or a subject (usr_…)";

/** `counterfoil users`: beside a running server, which goes by what is decided here within a second. */
export function addUsers(program: Command): void {
  const users = program.command("users").description("add, list, change and delete users, and issue one-time codes");
  const command = (name: string, description: string) => {
    const made = users.command(name).description(description).option("--json", "as JSON");
    return addSettingFlags(made, ["COUNTERFOIL_DATA"]);
  };

  command("add", "add a user, who chooses the password by the one-time code that is printed")
    .argument("<name>", "the user name")
    .option("--role <role>", "a role of the user's; may be said more than once", addRole)
    .action(addUser);
  command("list", "list the users, the newest first; with --search by name")
    .option("--search <text>", "only those whose name begins with it")
    .option("--limit <number>", "how many at the most", wholeNumber(1, 1000), 50)
    .option("--after <place>", "go on behind an earlier list, which says how")
    .action(listUsers);
  command("roles", "give a user these roles, in place of those that it has")
    .argument("<name>", NAME)
    .argument("[roles...]", "the roles")
    .option("--none", "take all roles away")
    .action(setRoles);
  command("disable", "end all sessions of a user, and let nobody sign in by it until it is enabled")
    .argument("<name>", NAME)
    .action(disableUser);
  command("enable", "let a disabled user sign in again").argument("<name>", NAME).action(enableUser);
  command("delete", "delete a user for ever: the name is free then, the subject is never given again")
    .argument("<name>", NAME)
    .option("--yes", "really")
    .action(deleteUser);
  command("reset-password", "print a one-time code, by which the user chooses a new password")
    .argument("<name>", NAME)
    .option("--compromised", "somebody else knows the password: take it away at once, and end all sessions")
    .action(resetPassword);
}

function addRole(given: string, before: readonly string[] = []): readonly string[] {
  return [...before, given];
}
