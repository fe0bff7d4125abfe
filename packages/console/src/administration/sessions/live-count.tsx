import { useEffect, useState } from "react";
import { askQuietly } from "../../api/api.ts";
import type { SessionPage } from "./session.ts";

/** How many live sessions a user has, within a sentence; it is asked for when it is shown. */
export function LiveCount({ sub }: { readonly sub: string }) {
  const [page, setPage] = useState<SessionPage | null>(null);
  useEffect(() => {
    let over = false;
    const count = async () => {
      const answer = await askQuietly("GET", `admin/sessions?${new URLSearchParams({ limit: "50", subject: sub })}`);
      // The sentence is right without a number, too.
      if (!over && answer.ok) setPage(answer.value as SessionPage);
    };
    void count();
    return () => {
      over = true;
    };
  }, [sub]);
  if (page === null) return "all live sessions";
  const count = page.sessions.length;
  if (page.next_cursor !== null) return `all live sessions (${count} and more)`;
  if (count === 0) return "no session, as none is live";
  return count === 1 ? "one live session" : `all ${count} live sessions`;
}
