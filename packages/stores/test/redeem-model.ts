/**
 * The redeem table of the design, written down a second time and in another way than the domain's: what it says of
 * one session that is live. A change of the rule is made in both places, by somebody who means it.
 */
export interface Token {
  /** c */
  current: number;
  /** i */
  handedOut: number;
  seen: boolean;
  key: string | null;
  over: boolean;
}

const R = 30_000;

export const newToken = (now: number): Token => ({ current: 0, handedOut: now, seen: false, key: null, over: false });

/** Presents generation `p` and changes `token` as the table says. */
export function present(token: Token, p: number, key: string | null, now: number): string {
  if (token.over) return "revoked";
  const distance = now > token.handedOut ? now - token.handedOut : token.handedOut - now;
  const near = distance <= R;
  switch (Math.max(p - token.current, -2)) {
    case 0:
      if (token.current > 0 && near) {
        token.seen = true;
        return `repeated ${token.current}`;
      }
      token.current += 1;
      token.handedOut = now;
      token.seen = false;
      token.key = key;
      return `rotated ${token.current}`;
    case -1:
      if (key !== null && token.key === key && !token.seen) {
        token.handedOut = now;
        return `repeated ${token.current}`;
      }
      if (near) return `repeated ${token.current}`;
      token.over = true;
      return "reused";
    case -2:
      token.over = true;
      return "reused";
    default:
      token.current = p;
      token.handedOut = now;
      token.seen = true;
      token.key = null;
      return `repeated ${p}`;
  }
}
