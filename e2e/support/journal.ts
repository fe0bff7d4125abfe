/**
 * Every secret that went over the wire to or from one server: what must be found in none of its logs and in no byte
 * of its ledger.
 */
export class Journal {
  readonly tokens = new Set<string>();
  readonly passwords = new Set<string>();
  readonly setCookies: string[] = [];

  note(body: Readonly<Record<string, unknown>>): void {
    for (const member of ["access_token", "refresh_token"]) {
      const token = body[member];
      if (typeof token === "string" && token.length >= 40) this.tokens.add(token);
    }
    for (const member of ["password", "current_password", "new_password"]) {
      const password = body[member];
      if (typeof password === "string" && password.length >= 8) this.passwords.add(password);
    }
    const { code } = body;
    // An error has a member of that name too.
    if (typeof code === "string" && code.startsWith("cfp_")) this.tokens.add(code);
  }

  noteCookie(setCookie: string): void {
    this.setCookies.push(setCookie);
    const value = /^[^=]+=([^;]+)/.exec(setCookie)?.[1];
    if (value !== undefined) this.tokens.add(value);
  }
}
