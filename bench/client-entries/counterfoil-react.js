import { createClient } from "@counterfoil/client";
import { AuthProvider, useAuth, useUser } from "@counterfoil/client/react";

const { session, login, logout, fetch } = createClient({ url: "/auth", apiOrigins: ["https://api.example.com"] });
globalThis.used = { session, login, logout, fetch, AuthProvider, useAuth, useUser };
