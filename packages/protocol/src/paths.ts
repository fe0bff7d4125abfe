/** Where each route is, below the path of the issuer. */
export const PATHS = {
  login: "/login",
  refresh: "/refresh",
  logout: "/logout",
  logoutAll: "/logout/all",
  me: "/me",
  sessions: "/sessions",
  reauthenticate: "/reauthenticate",
  dashboard: "/dashboard",
  adminSessions: "/admin/sessions",
  adminEndAllSessions: "/admin/sessions/end-all",
  adminEvents: "/admin/events",
  adminExplain: "/admin/events/explain",
  jwkSet: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  health: "/healthz",
  ready: "/readyz",
} as const;
