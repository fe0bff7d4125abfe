/** The checks of an access token in their order, and what each refuses: the reason in the log, and a sentence of it. */
export const CHECKS: readonly { readonly name: string; readonly refuses: Readonly<Record<string, string>> }[] = [
  {
    name: "Form",
    refuses: {
      too_large: "It is longer than a token may be: nothing of it is read.",
      malformed: "It is not three parts of base64url with something in each: nothing of it is read.",
      ambiguous_credentials: "There is more than one token.",
    },
  },
  {
    name: "Header",
    refuses: {
      header_refused: "The header brings a key of its own, or a member that would change how the token is read.",
      wrong_type: "typ is not at+jwt: it may be a good JWT, and is no access token.",
      algorithm_refused: "alg is none of those that this issuer signs with. The verifier has the list, not the token.",
      unknown_key: "kid names no key of this issuer’s.",
    },
  },
  {
    name: "Signature",
    refuses: {
      bad_signature:
        "The signature is not over this header and payload by that key: something was changed, or another key signed.",
    },
  },
  {
    name: "Claims",
    refuses: {
      bad_claims: "A claim is missing or not of its kind. Without exp there is no end, so there is no token.",
      wrong_issuer: "Another issuer made it.",
      wrong_audience: "It is for another service: who gets it there must not be able to use it here.",
      lifetime_too_long: "It is to live longer than 15 minutes: a leaked one would be good for all that time.",
    },
  },
  { name: "Time", refuses: { expired: "Its exp has passed.", not_yet_valid: "Its time has not come." } },
  {
    name: "Revocations",
    refuses: {
      session_revoked: "Its session has ended.",
      claims_changed: "Something was decided about the user since: a refresh helps.",
      key_revoked: "The key that signed it was revoked.",
      session_over: "Its session has ended.",
    },
  },
];

/** What a reason means; the reason itself, where it is not of these checks. */
export function sentenceOf(reason: string): string {
  return CHECKS.find(({ refuses }) => Object.hasOwn(refuses, reason))?.refuses[reason] ?? reason;
}
