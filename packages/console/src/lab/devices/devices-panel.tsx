import { Question } from "../question.tsx";

/** Two signed-in devices, and an API that checks their tokens by itself. */
export function DevicesPanel() {
  return (
    <Question question="An access token cannot be taken back. How do you log somebody out at once?">
      The server keeps a record of each sign-in, and tells every API of those that have ended, within a second, so that
      a token of a session that is over is refused though it has not expired. An API that hears nothing for a second
      lets nobody in until it has caught up, since it cannot know what was revoked.
    </Question>
  );
}
