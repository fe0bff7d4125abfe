/** What our secrets begin with, so that each tells by itself what it is, and a scanner of repositories finds it. */
export const PREFIXES = {
  sessionToken: "cfs_",
  refreshToken: "cfr_",
  verifierCredential: "cfv_",
  passwordCode: "cfp_",
} as const;
