import { signInByCookie, signOut } from "../sample-user/sign-in.ts";
import { count, measured } from "./measure.ts";
import type { Row } from "./row.ts";

export const STORED: Row = {
  id: "stored",
  name: "Stored on server",
  words: { session: "Yes", jwt: "No", ours: "Yes" },
  button: "Weigh a session",
  about: "A sample user signs in, and the ledger’s file is asked what its sessions take: their rows and index entries.",
  async run(report) {
    const signedIn = await signInByCookie(report, "A session that is weighed");
    try {
      const { sessions, bytes, revocations } = await measured<{
        readonly sessions: number;
        readonly bytes: number;
        readonly revocations: number;
      }>("stored", {});
      const each = Math.round(bytes / sessions);
      const token = signedIn.accessToken.length;
      report.figure("session", `${count(each)} bytes a session on the server`);
      report.figure("jwt", `0 bytes on the server; ${count(token)} bytes of token in every request`);
      report.figure(
        "ours",
        `${count(each)} bytes a sign-in, in one place; none in the APIs but what was revoked lately`,
      );
      report.say(`The ledger holds ${count(sessions)} sessions, live and over, in ${count(bytes)} bytes.`);
      report.say(
        `The cookie is ${count(signedIn.cookie.length)} bytes. The API keeps ${count(revocations)} revocations, each for a quarter of an hour, and no session.`,
      );
    } finally {
      await signOut(signedIn);
    }
  },
};
