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
  jwkSet: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  health: "/healthz",
  ready: "/readyz",
  openApi: "/openapi.json",
} as const;
