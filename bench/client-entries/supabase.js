import { AuthClient } from "@supabase/auth-js";

const client = new AuthClient({ url: "https://example.supabase.co/auth/v1" });
globalThis.used = {
  session: (listener) => client.onAuthStateChange(listener),
  getSession: () => client.getSession(),
  login: (credentials) => client.signInWithPassword(credentials),
  logout: () => client.signOut(),
};
