import { FACTS } from "../facts.ts";

/** What a new password has to be, said before it is chosen. */
export const PASSWORD_RULES = `At least ${FACTS.passwordMinLength} characters, of any kind. A few words that do not belong together are easy to remember and hard to guess.`;
