/**
 * Where a bearer client keeps its session: one text, which holds a refresh token, and so is as secret as a password.
 * Every client that has the same storage, in whatever process, has the same session.
 */
export interface TokenStorage {
  /** What errors call it, such as where it is. */
  readonly name?: string;

  /** The text as it is now, whoever has put it there; `null` before the first. */
  read(): Promise<string | null>;

  /**
   * Puts `text` in the place of `before`, if that is still what is there, as one step: of two that replace the same
   * text, in whatever process, one succeeds. It resolves when a loss of power, too, would leave `text` there; whatever
   * happens earlier leaves `before`.
   *
   * @param before what {@link read} gave; `null` where it is to be the first
   * @returns `false` where something else is there. Also allowed where `text` was in its place and somebody has
   * replaced it since: the client reads again and sees
   */
  replace(before: string | null, text: string): Promise<boolean>;
}
