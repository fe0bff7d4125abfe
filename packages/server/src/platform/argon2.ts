import { hash, verify } from "@node-rs/argon2";
import type { PasswordHash } from "@counterfoil/core";

/** argon2id, 19 MiB, t = 2, p = 1 (OWASP Password Storage; ASVS V11.4.2): about 12 ms of one core. */
const PARAMETERS = { memoryCost: 19_456, timeCost: 2, parallelism: 1 } as const;

export const argon2: PasswordHash = {
  hash: (password) => hash(password, PARAMETERS),
  verify: async (phc, password) => {
    try {
      return await verify(phc, password);
    } catch {
      // Not a PHC string that this library knows: nobody's password is right for it.
      return false;
    }
  },
};
