import { Account } from "./account.tsx";
import { OnlyFor } from "./only-for.tsx";
import { readSession } from "./session.ts";

export default async function Page() {
  const session = await readSession();
  const user = session.status === "signed_in" ? session.user : null;
  return (
    <main>
      <Account />
      <OnlyFor sub={user?.sub ?? null}>{user !== null && <p>The orders of {user.username}: none yet.</p>}</OnlyFor>
    </main>
  );
}
