import { useAuth } from "@counterfoil/client/react";
import { useState } from "react";
import type { ReactNode } from "react";
import { FACTS } from "../facts.ts";
import { PAGE_NAME } from "../place.ts";
import { signInLink } from "../sign-in/next-page.ts";
import { Button } from "../ui/button.tsx";
import { Message } from "../ui/message.tsx";
import { Name } from "../ui/name.tsx";
import { SignOut } from "./sign-out.ts";

/** What every page has around it: where one can go, who is signed in, and the way out. */
export function Shell({ children }: { readonly children: ReactNode }) {
  const auth = useAuth();
  const [isUntold, setUntold] = useState(false);
  const isAdmin = FACTS.part !== "others" && auth.status === "signed_in" && auth.user.roles.includes("admin");

  async function signOut() {
    setUntold(false);
    const told = await auth.logout();
    setUntold(!told.ok);
  }
  return (
    <SignOut value={signOut}>
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
              <span className="name">
                <Name>{auth.user.username ?? auth.user.sub}</Name>
              </span>
              <Button onClick={() => void signOut()}>Sign out</Button>
            </>
          )}
          {auth.status === "signed_out" && PAGE_NAME !== "sign-in" && <a href={signInLink(PAGE_NAME)}>Sign in</a>}
        </div>
      </header>
      <main>
        {children}
        {isUntold && auth.status === "signed_out" && (
          <Message kind="note">
            You are signed out in this browser. The server is out of reach, and will be told as soon as it is back.
          </Message>
        )}
      </main>
    </SignOut>
  );
}

function PageLink({ name, label }: { readonly name: string; readonly label: string }) {
  return (
    <a href={`./${name}`} aria-current={PAGE_NAME === name ? "page" : undefined}>
      {label}
    </a>
  );
}
