import { changeRole, rotateKey } from "./changes.ts";
import { logOutEverywhere, revokeA, signInBoth } from "./endings.ts";
import type { Report } from "./entry.ts";
import { cutFeed, healFeed, loseAnswer, refreshStorm, restartServer, STORM } from "./faults.ts";
import type { LabDevices } from "./lab-devices.ts";

/** A button. */
export interface Action {
  readonly title: string;
  /** What it does, before it is pressed. */
  readonly about: string;
  readonly run: (lab: LabDevices, report: Report) => Promise<void>;
}

export interface ActionGroup {
  readonly title: string;
  readonly actions: readonly Action[];
}

export const SIGN_IN: Action = {
  title: "Sign in as two devices",
  about: "Opens two sessions of arjun, each with its tokens and a connection to the API.",
  run: signInBoth,
};

export const ACTION_GROUPS: readonly ActionGroup[] = [
  {
    title: "End it",
    actions: [
      { title: "Revoke device A", about: "Device B ends A’s session, as if A were lost.", run: revokeA },
      { title: "Log out everywhere", about: "Ends every session of the user.", run: logOutEverywhere },
    ],
  },
  {
    title: "Change it",
    actions: [
      {
        title: "Change the role",
        about: "Makes arjun an administrator, or takes that back. So does a start of the demonstration.",
        run: changeRole,
      },
      { title: "Rotate the key", about: "Another key signs the tokens, at once.", run: rotateKey },
    ],
  },
  {
    title: "Break it",
    actions: [
      { title: "Cut the feed", about: "The API hears nothing of the server any more.", run: cutFeed },
      { title: "Heal the feed", about: "It hears of it again.", run: healFeed },
      {
        title: `Refresh storm of ${STORM}`,
        about: `One refresh token, presented ${STORM} times at once.`,
        run: refreshStorm,
      },
      { title: "Lose an answer", about: "A refresh whose answer never arrives, and the way back.", run: loseAnswer },
      { title: "Kill and restart the server", about: "It hangs up on everybody, and starts anew.", run: restartServer },
    ],
  },
];
