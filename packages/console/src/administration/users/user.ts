import { ask } from "../../api/api.ts";

/** `AdminUser` of the reference. */
export interface User {
  readonly sub: string;
  readonly username: string | null;
  readonly roles: readonly string[];
  readonly disabled: boolean;
  readonly has_password: boolean;
  readonly created_at: number;
}

export interface UserPage {
  readonly users: readonly User[];
  readonly next_cursor: string | null;
}

export interface CodeIssued {
  readonly code: string;
  readonly code_expires_at: number;
}

export function nameOf({ username, sub }: User): string {
  return username ?? sub;
}

/** @param rest behind the user's own path, with a slash in front, or nothing */
export function userPath({ sub }: Pick<User, "sub">, rest = ""): string {
  return `admin/users/${encodeURIComponent(sub)}${rest}`;
}

/** Names of roles as they are typed. */
export function rolesOf(text: string): readonly string[] {
  return text.split(/[\s,]+/).filter((name) => name !== "");
}

const NOBODY = "There is no user of that name or subject. Names are compared whole: look for the rest under Users.";

/** A subject from what a person types: a name, or the subject itself. */
export async function findSubject(
  text: string,
): Promise<{ readonly ok: true; readonly sub: string } | { readonly ok: false; readonly error: string }> {
  const found = await ask("GET", `admin/users?limit=1&search=${encodeURIComponent(text)}`);
  if (!found.ok) return { ok: false, error: found.error };
  // By name: one that is the whole of what was typed comes before all that go on.
  const [user] = (found.value as UserPage).users;
  if (user?.username !== undefined && user.username !== null && same(user.username, text)) {
    return { ok: true, sub: user.sub };
  }
  const bySubject = await ask("GET", userPath({ sub: text }));
  return bySubject.ok ? { ok: true, sub: text } : { ok: false, error: NOBODY };
}

function same(one: string, other: string): boolean {
  return one.normalize("NFKC").toLowerCase() === other.normalize("NFKC").toLowerCase();
}
