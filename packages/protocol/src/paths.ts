/** What a signed-in user's own client asks for. Apart from the others, so that a page does not load those. */
export const SESSION_PATHS = {
  login: "/login",
  refresh: "/refresh",
  logout: "/logout",
  me: "/me",
  meStream: "/me/stream",
  sessions: "/sessions",
  reauthenticate: "/reauthenticate",
  register: "/register",
  password: "/password",
} as const;

/** Where each route is, below the path of the issuer. */
export const PATHS = {
  ...SESSION_PATHS,
  logoutAll: "/logout/all",
  passwordReset: "/password/reset",
  dashboard: "/dashboard",
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  introspect: "/oauth/introspect",
  revocations: "/revocations",
  adminSessions: "/admin/sessions",
  adminEndAllSessions: "/admin/sessions/end-all",
  adminVerifiers: "/admin/verifiers",
  adminEvents: "/admin/events",
  adminExplain: "/admin/events/explain",
  adminActivity: "/admin/activity",
  adminKeys: "/admin/keys",
  adminRotateKeys: "/admin/keys/rotate",
  adminUsers: "/admin/users",
  jwkSet: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  health: "/healthz",
  ready: "/readyz",
  openApi: "/openapi.json",
} as const;
