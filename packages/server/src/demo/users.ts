import { canonicalUsername, newSubject, systemRandom } from "@counterfoil/core";
import type { Password } from "@counterfoil/core";
import type { Services } from "../services.ts";

/** The sample users. Their passwords are no good, and known to everybody: they exist in the demonstration alone. */
export const DEMO_USERS = [
  { username: "kavya", password: "password123", roles: ["admin"] },
  { username: "arjun", password: "userpass", roles: ["user"] },
] as const;

/** Gives the sample users the roles that they had at first: the Lab changes them, and its sessions outlive the process. */
export async function putRolesBack({ ledger }: Pick<Services, "ledger">): Promise<void> {
  for (const { username, roles } of DEMO_USERS) {
    const found = await ledger.findUser(canonicalUsername(username));
    if (found !== null) await ledger.setRoles({ subject: found.user.subject, roles, context: null });
  }
}

/** Adds the sample users that are not there yet. */
export async function addDemoUsers({ ledger, passwordHash }: Services): Promise<void> {
  for (const { username, password, roles } of DEMO_USERS) {
    await ledger.createUser({
      subject: newSubject(systemRandom),
      username,
      canonicalUsername: canonicalUsername(username),
      passwordHash: await passwordHash.hash(password as string as Password),
      roles,
      context: null,
    });
  }
}
