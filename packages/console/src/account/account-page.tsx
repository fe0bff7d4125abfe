import { useUser } from "@counterfoil/client/react";
import { FACTS } from "../facts.ts";
import { Name } from "../ui/name.tsx";
import "./account.css";
import { useOwnSessions } from "./own-sessions.ts";
import { PasswordCard } from "./password-card.tsx";
import { SessionsCard } from "./sessions-card.tsx";

/** The user's own password and sign-ins. */
export function AccountPage() {
  const user = useUser();
  const sessions = useOwnSessions();
  return (
    <div className="account">
      <h1>Account</h1>
      <p>
        You are <Name>{user?.username ?? user?.sub ?? ""}</Name>
        {user !== null && user.roles.length > 0 && `, with the role ${user.roles.join(" and ")}`}.
      </p>
      {FACTS.ownPasswords && <PasswordCard onChanged={() => void sessions.refresh()} />}
      <SessionsCard {...sessions} />
    </div>
  );
}
