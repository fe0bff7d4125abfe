import { decodeBase64Url, encodeBase64Url } from "@counterfoil/protocol";
import type { CanonicalUsername, Subject } from "./user.ts";

/** Where the next page of a list of users begins, as text: whoever asks for it gives it back as it was. */
export type UserCursor = string & { readonly __brand: "UserCursor" };

/** The last user of the page before, by what its list is ordered by. */
export type UserPlace =
  | { readonly by: "creation"; readonly createdAt: number; readonly subject: Subject }
  | { readonly by: "name"; readonly name: CanonicalUsername };

export function userCursor(place: UserPlace): UserCursor {
  const bytes = new TextEncoder().encode(place.by === "name" ? place.name : place.subject);
  const text = encodeBase64Url(bytes);
  return (place.by === "name" ? `n.${text}` : `c${place.createdAt}.${text}`) as UserCursor;
}

/** `null` for what no list of that order can have given. */
export function parseUserCursor(text: string, by: UserPlace["by"]): UserCursor | null {
  return readUserCursor(text)?.by === by ? (text as UserCursor) : null;
}

export function readUserCursor(text: string): UserPlace | null {
  const [, kind, createdAt, encoded] = /^(?:(n)|c(\d{1,15}))\.([\w-]{1,2048})$/.exec(text) ?? [];
  const bytes = encoded === undefined ? null : decodeBase64Url(encoded);
  if (bytes === null) return null;
  const decoded = new TextDecoder().decode(bytes);
  return kind === "n"
    ? { by: "name", name: decoded as CanonicalUsername }
    : { by: "creation", createdAt: Number(createdAt), subject: decoded as Subject };
}
