import { existsSync, readFileSync } from "node:fs";
import { fileURLToPath } from "node:url";
import { DEFAULT_LIFETIMES, REUSE_INTERVAL_MS } from "@counterfoil/core";
import { ACCESS_TOKEN_TYPE, MAX_ACCESS_TOKEN_TTL_SECONDS, PATHS } from "@counterfoil/protocol";
import { describe, expect, test } from "vitest";

const read = (path: string) => readFileSync(new URL(path, import.meta.url), "utf8");

const guide = read("./sessions-and-tokens.md");

/** What somebody who comes from the lesson looks for, in the lesson's words, by the heading it stands under. */
const LESSON: readonly (readonly [heading: string, terms: readonly string[]])[] = [
  [
    "1. Why Authentication State Management Matters",
    [
      "authentication state management",
      "user is authenticated",
      "Session-based authentication",
      "Token-based authentication (JWT)",
    ],
  ],
  [
    "2. Cookies (Foundation Concept)",
    [
      "What Is a Cookie?",
      "session_id=abc123xyz",
      "browser",
      "with every request",
      "What Cookies Are Used For",
      "Session tracking",
      "Authentication",
      "Preferences",
      "Security Risks of Cookies",
      "XSS",
      "CSRF",
      "Session hijacking",
      "Secure Cookie Flags",
      "HttpOnly",
      "JS cannot access",
      "Secure",
      "only over HTTPS",
      "SameSite",
      "prevents most CSRF",
    ],
  ],
  [
    "3. Session-Based Authentication",
    [
      "What Is a Session?",
      "session ID",
      "session data",
      "Session Authentication Flow (Step-by-Step)",
      "User logs in",
      "Server creates a session",
      "Server stores session data",
      "Session ID sent to the browser as a cookie",
      "Browser sends the cookie with every request",
      "Server verifies the session ID",
      "Session Diagram",
      "Advantages of Sessions",
      "Simple to implement",
      "Easy to invalidate (logout)",
      "Secure for traditional web apps",
      "Disadvantages of Sessions",
      "Server memory usage",
      "Not ideal for distributed systems",
      "Scaling becomes harder",
      "Interview Line",
      "stateful",
      "stored on the server",
      "makes scaling harder",
    ],
  ],
  [
    "4. Token-Based Authentication (JWT)",
    [
      "What Is a Token?",
      "proves authentication",
      "not store session data",
      "inside the token",
      "What Is JWT?",
      "JSON Web Token",
      "self-contained",
      "HEADER.PAYLOAD.SIGNATURE",
      "HEADER.PAYOUT.SIGNATURE",
    ],
  ],
  [
    "5. JWT Structure (VERY IMPORTANT)",
    [
      "Header",
      "token type",
      "signing algorithm",
      "`alg`",
      "HS256",
      "`typ`",
      "`JWT`",
      "Payload",
      "claims",
      "user_id",
      "101",
      "role",
      "admin",
      "exp",
      "1710000000",
      "sensitive data",
      "Base64 encoded, not encrypted",
      "Signature",
      "Token integrity",
      "Token authenticity",
      "secret key",
      "Interview Line (Very Strong)",
      "signed, not encrypted",
      "anyone can read it",
      "no one can modify it without the secret",
    ],
  ],
  [
    "6. Access Tokens vs Refresh Tokens",
    [
      "Access Token",
      "Short-lived",
      "5–15 minutes",
      "with every request",
      "access APIs",
      "Authorization: Bearer <access_token>",
      "Refresh Token",
      "Long-lived",
      "generate new access tokens",
      "Stored securely",
      "Idempotency-Key",
      "Why Two Tokens Are Used",
      "stolen",
      "expires quickly",
      "damage is limited",
      "Interview Line",
      "reduce the impact of a token leakage",
    ],
  ],
  ["7. Session vs JWT (Interview Comparison)", ["Feature", "Session", "JWT"]],
  [
    "8. Security Risks in Token Auth (Must Know)",
    ["Token leakage", "Storing JWT in localStorage", "No expiration", "Weak secret key"],
  ],
  [
    "9. Hands-On: Create JWT Login API in Flask",
    [
      "Install Required Packages",
      "pip install flask flask-jwt-extended",
      "Basic Flask App Setup",
      "JWTManager",
      "create_access_token",
      "create_refresh_token",
      "jwt_required",
      "get_jwt_identity",
      "JWT_SECRET_KEY",
      "super-secret-key",
      "Mock User Database",
      "kavya",
      "password123",
      "admin",
      "arjun",
      "userpass",
      "user",
      "Login API (Create Tokens)",
      "/login",
      "POST",
      "username",
      "Invalid credentials",
      "401",
      "access_token",
      "refresh_token",
      "Protected Route (Access Token Required)",
      "/dashboard",
      "Welcome",
      "Refresh Token Endpoint",
      "/refresh",
      "refresh=True",
    ],
  ],
  [
    "10. How This Looks in Real Applications",
    [
      "Frontend stores the access token (memory)",
      "Refresh token is stored securely",
      "Authorization header",
      "Refresh endpoint is used silently",
    ],
  ],
];

const sections = new Map(
  guide
    .split(/^## /m)
    .slice(1)
    .map((section) => {
      const end = section.indexOf("\n");
      return [section.slice(0, end), section.slice(end)] as const;
    }),
);

/** The cells of each row of the tables in a text. */
function rows(text: string): string[][] {
  const lines = text.split("\n").filter((line) => line.startsWith("|"));
  return lines.map((line) =>
    line
      .split("|")
      .slice(1, -1)
      .map((cell) => cell.replaceAll(/[*`]/g, "").trim()),
  );
}

/** "12 hours" or "30 days". */
function seconds(text = ""): number {
  const [count, unit] = text.split(" ");
  return Number(count) * (unit === "days" ? 86_400 : 3600);
}

test("the lesson's ten headings stand in their order, and no others", () => {
  expect([...sections.keys()]).toEqual(LESSON.map(([heading]) => heading));
});

describe.each(LESSON)("under %s", (heading, terms) => {
  test.each(terms)("%s is found", (term) => {
    expect(sections.get(heading)?.toLowerCase().replaceAll(/\s+/g, " ")).toContain(term.toLowerCase());
  });
});

test.each([
  ["Stored on server", "Yes", "No"],
  ["Stateless", "No", "Yes"],
  ["Scalability", "Harder", "Easier"],
  ["Logout", "Easy", "Hard"],
  ["Used in APIs", "Rare", "Common"],
])("the comparison has the row %s: %s, %s, and ours", (feature, session, jwt) => {
  const row = rows(sections.get("7. Session vs JWT (Interview Comparison)") ?? "").find(([first]) => first === feature);
  expect(row?.slice(0, 3)).toEqual([feature, session, jwt]);
  expect(row?.[3]).toMatch(/\w{4}/);
});

describe("links", () => {
  const inline = [...guide.matchAll(/\]\(([^)]+)\)/g)].map(([, target]) => target!);
  const defined = new Map([...guide.matchAll(/^\[([\w-]+)\]: (\S+)$/gm)].map(([, label, target]) => [label!, target!]));
  const used = new Set([...guide.matchAll(/\]\[([\w-]+)\]/g)].map(([, label]) => label!));

  test.each([...new Set([...inline, ...defined.values()])])("%s points at what is there", (target) => {
    expect(target).toMatch(/^\.\.\//);
    expect(existsSync(fileURLToPath(new URL(target, import.meta.url)))).toBe(true);
  });

  test("each label is defined, and each definition used", () => {
    expect([...used].toSorted()).toEqual([...defined.keys()].toSorted());
  });
});

describe("it is true of the product", () => {
  test("R001 the two clocks of each session class are those of the build", () => {
    const table = rows(sections.get("6. Access Tokens vs Refresh Tokens") ?? "").slice(2);
    const documented = table.map(([name, inactivity, lifetime]) => [
      name,
      { inactivitySeconds: seconds(inactivity), lifetimeSeconds: seconds(lifetime) },
    ]);
    const { cookie, cookie_remember, bearer } = DEFAULT_LIFETIMES;
    expect(documented).toEqual([
      ["cookie", cookie],
      ["cookie, remember", cookie_remember],
      ["bearer", bearer],
    ]);
  });

  test("the numbers and names are the code's", () => {
    expect(guide).toContain(`within ${REUSE_INTERVAL_MS / 1000} seconds`);
    expect(guide).toContain(`more than ${MAX_ACCESS_TOKEN_TTL_SECONDS / 60} minutes`);
    expect(guide).toContain(`\`${ACCESS_TOKEN_TYPE}\``);
  });

  test("every address of the demo in a command is one of its routes", () => {
    const paths = [...guide.matchAll(/http:\/\/localhost:4000(\/[\w/.-]*)/g)].map(([, path]) => path!);
    expect(paths.length).toBeGreaterThan(8);
    for (const path of paths) expect(Object.values(PATHS)).toContain(path);
  });

  test("every setting that it names exists", () => {
    const variables = read("../packages/server/src/config/variables.ts");
    const names = new Set([...guide.matchAll(/COUNTERFOIL_[A-Z0-9_]+/g)].map(([name]) => name.replace(/_FILE$/, "")));
    expect(names.size).toBeGreaterThan(3);
    for (const name of names) expect(variables).toContain(`${name}:`);
  });
});
