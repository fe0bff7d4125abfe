import { verify } from "@node-rs/argon2";
import { createCounterfoil } from "counterfoil";
import type { Counterfoil } from "counterfoil";

// The application's own users; the password of this one is "password123".
const kavya = {
  subject: "user-1",
  username: "kavya",
  roles: ["admin"],
  hash: "$argon2id$v=19$m=19456,t=2,p=1$b+54R00XDPCq8iptl52YvA$KyOSeor0vhhnIWxbjj9dOzlo7F+j7wrHoSdG94PE9+0",
};
const users = [kavya];

export const nameOf = (subject: string) => users.find((user) => user.subject === subject)?.username ?? null;

// One for the whole process, whichever bundle asks for it, and only once a request does: a build has no secret.
const kept = globalThis as { counterfoil?: Counterfoil };

export function counterfoil(): Counterfoil {
  return (kept.counterfoil ??= createCounterfoil({
    issuer: `http://localhost:${process.env["PORT"] ?? 3000}/auth`,
    ledger: "memory:", // "sqlite:./counterfoil.db" keeps the sessions over a restart
    secret: process.env["COUNTERFOIL_SECRET"] ?? "",
    authenticate: async ({ username, password }) => {
      const user = users.find((one) => one.username === username);
      // Somebody's hash is checked in any case: else the time of an answer would tell who is a user here.
      const right = await verify((user ?? kavya).hash, password);
      return right && user !== undefined ? user : null;
    },
  }));
}
