import type { Route } from "../route.ts";
import { adminActivity } from "./admin/activity.ts";
import { adminExplain, adminListEvents } from "./admin/events.ts";
import { adminListKeys, adminRevokeKey, adminRotateKeys } from "./admin/keys.ts";
import {
  adminDeleteUser,
  adminDisableUser,
  adminEnableUser,
  adminResetPassword,
  adminSetRoles,
  adminSignOutUser,
} from "./admin/user-changes.ts";
import { adminAddUser, adminListUsers, adminReadUser } from "./admin/users.ts";
import { adminEndAllSessions, adminEndSession, adminListSessions } from "./admin/sessions.ts";
import { adminAddVerifier, adminListVerifiers, adminRemoveVerifier } from "./admin/verifiers.ts";
import { health, ready } from "./health.ts";
import { login } from "./login.ts";
import { logout, logoutAll } from "./logout.ts";
import { endSession, listSessions, me } from "./me.ts";
import { meStream } from "./me-stream.ts";
import { openApi } from "./openapi.ts";
import { password } from "./password.ts";
import { passwordReset } from "./password-reset.ts";
import { oauthIntrospect } from "./oauth-introspect.ts";
import { oauthRevoke } from "./oauth-revoke.ts";
import { oauthToken } from "./oauth-token.ts";
import { reauthenticate } from "./reauthenticate.ts";
import { refresh } from "./refresh.ts";
import { revocations } from "./revocations.ts";
import { register } from "./register.ts";
import { jwkSet, metadata } from "./well-known.ts";

/** Every route of the server. What is not here does not exist. */
export const ROUTES: readonly Route[] = [
  login,
  refresh,
  logout,
  logoutAll,
  me,
  meStream,
  listSessions,
  endSession,
  reauthenticate,
  register,
  password,
  passwordReset,
  oauthToken,
  oauthRevoke,
  oauthIntrospect,
  revocations,
  adminListSessions,
  adminEndAllSessions,
  adminEndSession,
  adminListVerifiers,
  adminAddVerifier,
  adminRemoveVerifier,
  adminListEvents,
  adminExplain,
  adminActivity,
  adminListKeys,
  adminRotateKeys,
  adminRevokeKey,
  adminListUsers,
  adminAddUser,
  adminReadUser,
  adminDeleteUser,
  adminSetRoles,
  adminDisableUser,
  adminEnableUser,
  adminSignOutUser,
  adminResetPassword,
  jwkSet,
  metadata,
  health,
  ready,
  openApi,
];
