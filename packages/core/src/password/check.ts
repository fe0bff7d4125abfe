import { PasswordUncheckable, StoreError } from "../errors.ts";
import type { UserLedger, UserWithPassword } from "../ledger/users.ts";
import type { User } from "../user/user.ts";
import { canonicalUsername } from "../user/user.ts";
import type { Password, PasswordHash } from "./password.ts";
import type { Turns } from "./turns.ts";

export type PasswordChecked =
  | { readonly outcome: "right"; readonly user: User }
  | {
      readonly outcome: "wrong";
      readonly reason: "unknown_user" | "wrong_password" | "user_disabled" | "no_password";
      readonly user: User | null;
    };

/** Checks passwords so that all who fail look and take the same (ASVS V6.3.8). */
export class PasswordChecker {
  readonly #ledger: UserLedger;
  readonly #hash: PasswordHash;
  readonly #turns: Turns;
  #decoy: Promise<string> | null = null;
  /** What some user's hash lacked. From then on whoever does not sign in is told this, whatever is wrong. */
  #uncheckable: PasswordUncheckable | null = null;

  /** @param turns how many hash at once; how many wait for it is bounded by whoever lets them in */
  constructor(ledger: UserLedger, hash: PasswordHash, turns: Turns) {
    this.#ledger = ledger;
    this.#hash = hash;
    this.#turns = turns;
  }

  async checkByName(username: string, password: Password): Promise<PasswordChecked> {
    return this.#check(await this.#ledger.findUser(canonicalUsername(username)), password);
  }

  async checkUser(user: UserWithPassword, password: Password): Promise<PasswordChecked> {
    return this.#check(user, password);
  }

  /** A new password's hash, in its turn among the checks: it takes as much of a core as one of them. */
  hash(password: Password): Promise<string> {
    return this.#turns.run(() => this.#hash.hash(password));
  }

  /** @throws PasswordUncheckable also in place of `wrong`, once one was met: else the rest would show who is known. */
  async #check(found: UserWithPassword | null, password: Password): Promise<PasswordChecked> {
    const checked = await this.#compare(found, password);
    if (checked.outcome === "wrong" && this.#uncheckable !== null) throw this.#uncheckable;
    return checked;
  }

  /** Who is unknown, or has no password, costs the same hash as who is known. */
  async #compare(found: UserWithPassword | null, password: Password): Promise<PasswordChecked> {
    this.#decoy ??= this.#makeDecoy();
    const phc = found?.passwordHash ?? (await this.#decoy);
    const right = await this.#verify(phc, password);
    if (found === null) return { outcome: "wrong", reason: "unknown_user", user: null };
    const { user } = found;
    if (found.passwordHash === null) return { outcome: "wrong", reason: "no_password", user };
    if (!right) return { outcome: "wrong", reason: "wrong_password", user };
    if (user.disabled) return { outcome: "wrong", reason: "user_disabled", user };
    if (!this.#hash.isCurrent(phc)) await this.#rehash(user, phc, password);
    return { outcome: "right", user };
  }

  /** One that cannot be checked takes as long as one that can. */
  async #verify(phc: string, password: Password): Promise<boolean> {
    try {
      return await this.#turns.run(() => this.#hash.verify(phc, password));
    } catch (error) {
      if (!(error instanceof PasswordUncheckable)) throw error;
      this.#uncheckable = error;
      const decoy = await this.#decoy;
      if (decoy !== null) await this.#turns.run(() => this.#hash.verify(decoy, password));
      return false;
    }
  }

  /**
   * Now is the one moment when the password is known (OWASP Password Storage, "Upgrading the work factor"). It was
   * right whatever becomes of this: where the ledger fails, the next sign-in tries again.
   */
  async #rehash({ subject }: User, from: string, password: Password): Promise<void> {
    const to = await this.#turns.run(() => this.#hash.hash(password));
    try {
      await this.#ledger.rehashPassword({ subject, from, to });
    } catch (error) {
      if (!(error instanceof StoreError)) throw error;
    }
  }

  /** One that failed to be made is made again: the failure was ours and is over. Nobody may be waiting for it. */
  #makeDecoy(): Promise<string> {
    const decoy = this.#hash.hash("not anybody's password" as Password);
    decoy.catch(() => {
      this.#decoy = null;
    });
    return decoy;
  }
}
