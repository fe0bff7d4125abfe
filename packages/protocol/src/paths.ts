/** Where each route is, below the path of the issuer. */
export const PATHS = {
  login: "/login",
  refresh: "/refresh",
  logout: "/logout",
  logoutAll: "/logout/all",
  me: "/me",
  sessions: "/sessions",
  reauthenticate: "/reauthenticate",
  register: "/register",
  password: "/password",
  passwordReset: "/password/reset",
  dashboard: "/dashboard",
  jwkSet: "/.well-known/jwks.json",
  metadata: "/.well-known/oauth-authorization-server",
  health: "/healthz",
  ready: "/readyz",
} as const;
