import { useAuth } from "@counterfoil/client/react";
import { Fragment } from "react";
import type { ReactNode } from "react";
import { SignInPage } from "../sign-in/sign-in-page.tsx";
import { Message } from "../ui/message.tsx";
import { Name } from "../ui/name.tsx";

export interface ForUserProps {
  /** A role. */
  readonly having?: string;
  readonly children: ReactNode;
}

/** Renders what is below for whoever is signed in (and has the role), and the sign-in for whoever is not. */
export function ForUser({ having, children }: ForUserProps) {
  const auth = useAuth();
  switch (auth.status) {
    case "loading":
      return auth.error === null ? (
        <p className="waiting">Loading …</p>
      ) : (
        <Message kind="error">The server is out of reach. This page goes on by itself when it is back.</Message>
      );
    case "signed_out":
      return <SignInPage />;
    case "signed_in":
      if (having !== undefined && !auth.user.roles.includes(having)) {
        return (
          <Message kind="error">
            This page is for the role {having}, which <Name>{auth.user.username ?? auth.user.sub}</Name> does not have.
          </Message>
        );
      }
      // Another one may sign in without this one’s page going first: nothing of it is for them.
      return <Fragment key={auth.user.sub}>{children}</Fragment>;
  }
}
