import { BASE_PATH } from "../../place.ts";

/**
 * Ends a sample user's session that nobody holds any more: by this page, and not by the demonstration. Such a request goes
 * out also while the page goes away.
 */
export function endSession(refreshToken: string): void {
  const headers = { Authorization: `Bearer ${refreshToken}` };
  fetch(`${BASE_PATH}logout`, { method: "POST", headers, credentials: "omit", keepalive: true }).catch(() => undefined);
}
