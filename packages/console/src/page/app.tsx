import { lazy, Suspense } from "react";
import { FACTS } from "../facts.ts";
import { PAGE_NAME } from "../place.ts";
import { SignInPage } from "../sign-in/sign-in-page.tsx";
import { ForUser } from "./for-user.tsx";
import { PageBoundary } from "./page-boundary.tsx";
import { PresenceDialog } from "./presence-dialog.tsx";
import { Shell } from "./shell.tsx";

const AccountPage = lazy(async () => ({ default: (await import("../account/account-page.tsx")).AccountPage }));
const AdministrationPage = lazy(async () => ({
  default: (await import("../administration/administration-page.tsx")).AdministrationPage,
}));
const LabPage = lazy(async () => ({ default: (await import("../lab/lab-page.tsx")).LabPage }));
const CreateAccountPage = lazy(async () => ({
  default: (await import("../sign-in/create-account-page.tsx")).CreateAccountPage,
}));
const ChoosePasswordPage = lazy(async () => ({
  default: (await import("../sign-in/choose-password-page.tsx")).ChoosePasswordPage,
}));

/** Which page is shown: by the address, and at `/` by what this server is. */
export function App() {
  return (
    <Shell>
      <PageBoundary>
        <Suspense fallback={<p className="waiting">Loading …</p>}>
          <Page />
        </Suspense>
      </PageBoundary>
      <PresenceDialog />
    </Shell>
  );
}

function Page() {
  switch (PAGE_NAME) {
    case "sign-in":
      return <SignInPage />;
    case "create-account":
      return <CreateAccountPage />;
    case "choose-password":
      return <ChoosePasswordPage />;
    case "administration":
      return administration();
    case "":
      if (FACTS.apiUrl !== null) return <LabPage />;
      if (FACTS.part === "administrators") return administration();
      return account();
    default:
      return account();
  }
}

function administration() {
  return (
    <ForUser having="admin">
      <AdministrationPage />
    </ForUser>
  );
}

function account() {
  return (
    <ForUser>
      <AccountPage />
    </ForUser>
  );
}
