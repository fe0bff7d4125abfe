import { encodeBase64Url } from "@counterfoil/protocol";
import type { Random } from "../random.ts";

/** Identifies a user for ever; never given to another, also after a deletion (OpenID Connect Core §5.7). */
export type Subject = string & { readonly __brand: "Subject" };

/** A user name in the one form that is compared: NFKC, lower case. */
export type CanonicalUsername = string & { readonly __brand: "CanonicalUsername" };

/** A subject of our own making. The prefix keeps it apart from client ids (RFC 9068 §5). */
export function newSubject(random: Random): Subject {
  return `usr_${encodeBase64Url(random.bytes(16))}` as Subject;
}

/** The application's own subject: 1 to 255 characters without control characters. */
export function parseSubject(text: unknown): Subject | null {
  return typeof text === "string" && /^[^\p{Cc}\p{Cs}]{1,255}$/u.test(text) ? (text as Subject) : null;
}

/** So that ALICE, alice and their look-alikes in other Unicode forms are one name, one password and one limit. */
export function canonicalUsername(username: string): CanonicalUsername {
  return username.normalize("NFKC").toLowerCase().normalize("NFKC") as CanonicalUsername;
}

/** A user as the ledger keeps it. Instants are milliseconds since the epoch. */
export interface User {
  readonly subject: Subject;
  /** As it was written at first; `null` for an application's own user that gave none. */
  readonly username: string | null;
  readonly roles: readonly string[];
  /** Rises with each decision about the user: roles, password, disable, "end all". */
  readonly claimsVersion: number;
  readonly disabled: boolean;
  readonly createdAt: number;
}

const ROLE = /^[\x21\x23-\x5b\x5d-\x7e]{1,64}$/;

/** Roles in one order, without repeats; `null` if one is not 1 to 64 visible ASCII characters, or over 64 of them. */
export function parseRoles(roles: unknown): readonly string[] | null {
  if (!Array.isArray(roles) || roles.length > 64) return null;
  if (!roles.every((role): role is string => typeof role === "string" && ROLE.test(role))) return null;
  return [...new Set(roles)].toSorted();
}
