/** Every setting that the environment has: what is not here is a typing error, and said to be one. */
export interface Variable {
  /** What a value looks like; for messages and the reference. */
  readonly form: string;
  /** The flag that goes over it, where it has one. */
  readonly flag?: string;
  /** Also as `NAME_FILE`: the path of a file that holds it. */
  readonly secret?: true;
  readonly about: string;
}

export const VARIABLES = {
  COUNTERFOIL_ISSUER: {
    form: "a URL such as https://app.example.com/auth",
    flag: "--issuer",
    about: "The public base URL. http://localhost and the port where it is left out.",
  },
  COUNTERFOIL_AUDIENCE: {
    form: "names separated by commas",
    about: "Who the access tokens are for. The issuer where it is left out.",
  },
  COUNTERFOIL_HOST: { form: "an address", flag: "--host", about: "Where to listen. 127.0.0.1 where it is left out." },
  COUNTERFOIL_PORT: { form: "1 to 65535", flag: "--port", about: "4000 where it is left out." },
  COUNTERFOIL_DATA: {
    form: "a directory",
    flag: "--data",
    about: "Where the embedded ledger and the generated secret are. ./.counterfoil where it is left out.",
  },
  COUNTERFOIL_DATABASE_URL: {
    form: "sqlite:PATH, postgres://USER:PASSWORD@HOST/DATABASE or memory:",
    secret: true,
    about: "Which ledger. The file counterfoil.db in the data directory where it is left out.",
  },
  COUNTERFOIL_SECRET: {
    form: "what `counterfoil secret` prints; several separated by commas",
    secret: true,
    about: "All are accepted, the first seals. Generated in the data directory for SQLite on loopback.",
  },
  COUNTERFOIL_ALGORITHM: {
    form: "ES256, Ed25519, EdDSA, RS256 or HS256",
    about: "How access tokens are signed. ES256 where it is left out.",
  },
  COUNTERFOIL_HS256_SECRET: {
    form: "what `counterfoil secret` prints",
    secret: true,
    about: "The key of HS256, shared with each service that verifies. Each of them can then mint tokens.",
  },
  COUNTERFOIL_SIGNING_KEY_LIFETIME_DAYS: {
    form: "1 to 3650",
    about: "How long a signing key signs before the next takes its place. 90 where it is left out.",
  },
  COUNTERFOIL_ACCESS_TOKEN_TTL_SECONDS: { form: "60 to 900", about: "600 where it is left out." },
  COUNTERFOIL_COOKIE_DOMAIN: {
    form: "a domain such as example.com",
    about: "Shares the cookie among subdomains. Any of them can then plant a session of its own: see SECURITY.md.",
  },
  COUNTERFOIL_ALLOWED_ORIGINS: {
    form: "origins separated by commas, such as http://localhost:5173",
    about: "Other origins whose pages may call this server.",
  },
  COUNTERFOIL_BEARER_ORIGINS: {
    form: "origins separated by commas, such as capacitor://localhost",
    about: "Desktop and mobile shells that keep refresh tokens although they are browsers.",
  },
  COUNTERFOIL_REGISTRATION: {
    form: "open or closed",
    about: "Whether strangers make themselves users at POST /register. closed where it is left out.",
  },
  COUNTERFOIL_PASSWORD_CONCURRENCY: { form: "1 to 64", about: "How many passwords are checked at once; the cores." },
  COUNTERFOIL_PASSWORD_QUEUE: {
    form: "0 to 10000",
    about: "How many wait for it before 503. 64 where it is left out.",
  },
  COUNTERFOIL_PASSWORD_MIN_LENGTH: {
    form: "8 to 64",
    about: "The least characters of a new password. 15 where it is left out.",
  },
  COUNTERFOIL_PRODUCT_NAMES: {
    form: "names separated by commas, such as Acme,Acme Shop",
    about: "What no new password may be made of. The words of the issuer's host always are among them.",
  },
  COUNTERFOIL_PASSWORD_PEPPER: {
    form: "what `counterfoil secret` prints; several separated by commas",
    secret: true,
    about: "Hashed into passwords, so that the ledger alone verifies none. The first hashes, all verify. Keep a copy.",
  },
  COUNTERFOIL_TRUST_PROXY: {
    form: "networks separated by commas, such as 10.0.0.0/8",
    flag: "--trust-proxy",
    about: "Proxies that end TLS before this server, and whose X-Forwarded-For is believed.",
  },
  COUNTERFOIL_INSECURE_HTTP: {
    form: "true or false",
    flag: "--insecure-http",
    about: "Plain HTTP beyond localhost: whoever is on the way can read every credential.",
  },
  COUNTERFOIL_METRICS_PORT: {
    form: "1 to 65535",
    flag: "--metrics-port",
    about: "Serves /metrics for Prometheus on a port of its own. None where it is left out.",
  },
  COUNTERFOIL_METRICS_HOST: {
    form: "an address",
    flag: "--metrics-host",
    about: "Where to listen for it; whoever reaches it can read it. 127.0.0.1 where it is left out.",
  },
  COUNTERFOIL_ADMIN_PORT: {
    form: "1 to 65535",
    flag: "--admin-port",
    about:
      "Moves the routes below /admin/ and the page of administration to a port of their own. Beside the others where it is left out.",
  },
  COUNTERFOIL_ADMIN_HOST: {
    form: "an address",
    flag: "--admin-host",
    about: "Where to listen for them. 127.0.0.1 where it is left out.",
  },
  COUNTERFOIL_DRAIN_SECONDS: {
    form: "0 to 300",
    flag: "--drain-seconds",
    about:
      "How long SIGTERM goes on answering while /readyz says 503, so that balancers notice. 3 where it is left out.",
  },
  COUNTERFOIL_LOG_LEVEL: {
    form: "debug, info, warn, error or silent",
    flag: "--log-level",
    about: "info where it is left out.",
  },
} as const satisfies Readonly<Record<string, Variable>>;

export type VariableName = keyof typeof VARIABLES;
