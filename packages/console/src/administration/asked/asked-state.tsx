import { isOutOfReach } from "../../api/answer.ts";
import { Paused } from "../../attendance/paused.tsx";
import { Button } from "../../ui/button.tsx";
import { Message } from "../../ui/message.tsx";
import type { Asked } from "./use-asked.ts";

/** Why what is shown may be old, and what to do about it. Its place is there also while there is nothing to say. */
export function AskedState({ value, refused, paused, again }: Asked<unknown>) {
  if (paused) {
    return (
      <div className="state">
        <Paused />
      </div>
    );
  }
  if (refused === null) return <div className="state">{value === null && <p className="waiting">Loading …</p>}</div>;
  return (
    <div className="state">
      {refused.code === "reauthentication_required" ? (
        <Message kind="note">
          This needs your password from time to time. <Button onClick={again}>Give it</Button>
        </Message>
      ) : (
        <Message kind="error">
          {isOutOfReach(refused)
            ? "The server is out of reach. What is shown may be old; this page goes on by itself when it is back."
            : refused.error}
        </Message>
      )}
    </div>
  );
}
