/** What is said to whoever finds the session ended, by the reason that the server has given (`docs/feed.md`). */
const SENTENCES: Readonly<Record<string, string>> = {
  inactive: "You were signed out, because nothing was done here for a long time.",
  lifetime: "You were signed out: a sign-in lasts for a limited time, whatever is done in it.",
  logout: "You have signed out.",
  logout_all: "You have signed out everywhere.",
  ended_by_user: "This sign-in was ended from another of your devices.",
  ended_by_operator: "An administrator ended this sign-in.",
  replaced: "Somebody signed in again in this browser.",
  session_limit: "You were signed out, because you are signed in on too many devices.",
  reuse:
    "This sign-in was ended, because its secret was used in two places. If that was not you, change your password.",
  password_changed: "Your password was changed, which ends every other sign-in.",
  disabled: "This user was disabled. An administrator can say why.",
  deleted: "This user does not exist any more.",
  everybody: "An administrator signed everybody out.",
  restored: "The server was restored from a backup, which signs everybody out.",
};

/** @param reason null where the server has not told it */
export function endSentence(reason: string | null): string {
  const sentence = SENTENCES[reason ?? ""] ?? "Your session has ended.";
  return `${sentence} Sign in to go on.`;
}
