import { createAuthClient } from "better-auth/react";

const { useSession, getSession, signIn, signOut } = createAuthClient({ baseURL: "https://app.example.com" });
globalThis.used = { session: useSession, getSession, login: signIn.email, logout: signOut };
