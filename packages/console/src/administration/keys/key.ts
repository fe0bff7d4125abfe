import { instantText } from "../page/instant.tsx";

/** `SigningKey` of the reference. */
export interface Key {
  readonly kid: string;
  readonly algorithm: string;
  readonly state: "announced" | "signing" | "retired";
  readonly created_at: number;
  readonly signs_since: number | null;
  readonly retired_at: number | null;
  readonly next: { readonly step: "signs" | "successor" | "retires" | "goes"; readonly at: number } | null;
}

export interface Keys {
  readonly keys: readonly Key[];
}

const STATES: Readonly<Record<Key["state"], string>> = {
  announced: "Announced: verifiers fetch it, and it signs nothing yet.",
  signing: "Signs access tokens.",
  retired: "Signs no more; the tokens that it has signed are good until they run out.",
};

export function stateText({ state }: Key): string {
  return STATES[state];
}

/** What happens next with it, and when. */
export function nextText({ next, state, algorithm }: Key): string {
  if (next === null) {
    if (algorithm === "HS256" && state === "signing")
      return "Nothing happens with it by itself: it is the one that you gave.";
    return "It is looked at within half a minute.";
  }
  const at = instantText(next.at);
  switch (next.step) {
    case "signs":
      return `Signs from ${at}.`;
    case "successor":
      return `Its successor is announced ${at}.`;
    case "retires":
      return `Retires ${at}, when its successor signs.`;
    case "goes":
      return `Goes ${at}.`;
  }
}
