import { Button } from "../../ui/button.tsx";
import { Instant } from "../page/instant.tsx";
import { Name } from "../../ui/name.tsx";
import { nameOf } from "./user.ts";
import type { User } from "./user.ts";

export function UserRecord({ user, onManage }: { readonly user: User; readonly onManage: () => void }) {
  return (
    <li>
      <div>
        <strong>
          <Name>{nameOf(user)}</Name>
        </strong>{" "}
        {user.roles.map((role) => (
          <span key={role} className="badge">
            {role}
          </span>
        ))}
        {user.disabled && <span className="badge bad">disabled</span>}
        {!user.has_password && <span className="badge">no password</span>}
        <p className="hint">
          <code>{user.sub}</code> · since <Instant at={user.created_at} />
        </p>
      </div>
      <div className="actions">
        <Button onClick={onManage}>
          Manage<span className="unseen"> {nameOf(user)}</span>
        </Button>
      </div>
    </li>
  );
}
