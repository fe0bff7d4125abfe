import type { Ledger } from "@counterfoil/core";

/** All that a request could change but the events, as text: users, sessions, keys, verifiers and revocations. */
export async function stateOf(ledger: Ledger): Promise<string> {
  const { users } = await ledger.listUsers({ limit: 100 });
  const { sessions } = await ledger.listAllSessions({ cursor: null, limit: 100 });
  return JSON.stringify(
    {
      users: await Promise.all(users.map(({ subject }) => ledger.readUser(subject))),
      sessions,
      keys: (await ledger.listSigningKeys()).map(({ kid, state }) => [kid, state]),
      verifiers: await ledger.listVerifiers(),
      revocations: await ledger.readRevocations(null),
    },
    null,
    1,
  );
}
