import type { Route } from "../route.ts";
import { adminExplain, adminListEvents } from "./admin/events.ts";
import { adminListKeys, adminRevokeKey, adminRotateKeys } from "./admin/keys.ts";
import { adminEndAllSessions, adminEndSession, adminListSessions } from "./admin/sessions.ts";
import { health, ready } from "./health.ts";
import { login } from "./login.ts";
import { logout, logoutAll } from "./logout.ts";
import { endSession, listSessions, me } from "./me.ts";
import { reauthenticate } from "./reauthenticate.ts";
import { refresh } from "./refresh.ts";
import { jwkSet, metadata } from "./well-known.ts";

/** Every route of the server. What is not here does not exist. */
export const ROUTES: readonly Route[] = [
  login,
  refresh,
  logout,
  logoutAll,
  me,
  listSessions,
  endSession,
  reauthenticate,
  adminListSessions,
  adminEndAllSessions,
  adminEndSession,
  adminListEvents,
  adminExplain,
  adminListKeys,
  adminRotateKeys,
  adminRevokeKey,
  jwkSet,
  metadata,
  health,
  ready,
];
