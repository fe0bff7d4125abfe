import { useAuth } from "@counterfoil/client/react";
import type { ReactNode } from "react";
import { FACTS } from "../facts.ts";
import { PAGE_NAME } from "../place.ts";
import { Button } from "../ui/button.tsx";

/** What every page has around it: where one can go, who is signed in, and the way out. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const auth = useAuth();
  const isAdmin = auth.status === "signed_in" && auth.user.roles.includes("admin");
  return (
    <>
      <header className="top">
        <a className="brand" href="./">
          Counterfoil
        </a>
        <nav aria-label="Pages">
          {FACTS.apiUrl !== null && <PageLink name="" label="Lab" />}
          {auth.status === "signed_in" && <PageLink name="account" label="Account" />}
          {isAdmin && <PageLink name="administration" label="Administration" />}
        </nav>
        <div className="who">
          {auth.status === "signed_in" && (
            <>
              <span className="name">{auth.user.username ?? auth.user.sub}</span>
              <Button onClick={() => void auth.logout()}>Sign out</Button>
            </>
          )}
          {auth.status === "signed_out" && PAGE_NAME !== "sign-in" && <a href="./sign-in">Sign in</a>}
        </div>
      </header>
      <main>{children}</main>
    </>
  );
}

function PageLink({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <a href={`./${name}`} aria-current={PAGE_NAME === name ? "page" : undefined}>
      {label}
    </a>
  );
}
