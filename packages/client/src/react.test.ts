import { createElement } from "react";
import { renderToString } from "react-dom/server";
import { expect, test, vi } from "vitest";
import type { Client } from "./client.ts";
import { AuthProvider, useAuth, useUser } from "./react.ts";
import type { Auth } from "./react.ts";
import type { SessionState } from "./session/session-state.ts";

const KAVYA: SessionState = {
  status: "signed_in",
  user: { sub: "usr_kavya", username: "kavya", roles: ["admin"] },
  sid: "ses_a",
};
const NOBODY: SessionState = { status: "signed_out", reason: "no_session", endReason: null };

/** As it is on a server: whoever looks at it there would ask for everybody, or show one visitor to another. */
function untouchable(functions: Partial<Client> = {}): Client {
  const session = {
    get current(): never {
      throw new Error("The server looked at the client's state.");
    },
    subscribe(): never {
      throw new Error("The server subscribed.");
    },
  };
  return { session, ...functions } as unknown as Client;
}

function Greeting() {
  const auth = useAuth();
  switch (auth.status) {
    case "loading":
      return "One moment";
    case "signed_in":
      return `Welcome ${auth.user.username} (${auth.sid})`;
    case "signed_out":
      return `Please sign in: ${auth.reason}`;
  }
}

function Name() {
  return useUser()?.username ?? "nobody";
}

const render = (component: () => string, initial?: SessionState, client = untouchable()) =>
  renderToString(createElement(AuthProvider, { client, initial }, createElement(component)));

test("a server renders what it was given, and nothing of a client that all its requests share", () => {
  expect(render(Greeting, KAVYA)).toBe("Welcome kavya (ses_a)");
  expect(render(Greeting, NOBODY)).toBe("Please sign in: no_session");
  expect(render(Greeting)).toBe("One moment");
});

test("the user is there for whoever is signed in, and else null", () => {
  expect(render(Name, KAVYA)).toBe("kavya");
  expect(render(Name, NOBODY)).toBe("nobody");
  expect(render(Name)).toBe("nobody");
});

test("the client's functions are handed on as they are", () => {
  const functions = {
    login: vi.fn<Client["login"]>(),
    logout: vi.fn<Client["logout"]>(),
    fetch: vi.fn<Client["fetch"]>(),
  };
  let seen: Partial<Auth> = {};
  render(
    () => {
      seen = useAuth();
      return "";
    },
    KAVYA,
    untouchable(functions),
  );
  expect(seen).toMatchObject({ ...functions, ...KAVYA });
});

test("a hook without a provider above it says what is missing", () => {
  for (const component of [Greeting, Name]) {
    expect(() => renderToString(createElement(component))).toThrow(
      "useAuth and useUser need an <AuthProvider client={…}> above them.",
    );
  }
});
