import { Message } from "../ui/message.tsx";

/** Instead of what is asked for by itself while somebody is at the page. */
export function Paused() {
  return <Message kind="note">Paused until somebody uses this page again.</Message>;
}
