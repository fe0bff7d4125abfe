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
  token: "/oauth/token",
  revoke: "/oauth/revoke",
  introspect: "/oauth/introspect",
  jwkSet: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  health: "/healthz",
  ready: "/readyz",
} as const;
