import { createClient } from "@counterfoil/client";

const { session, login, logout, fetch } = createClient({ url: "/auth", apiOrigins: ["https://api.example.com"] });
globalThis.used = { session, login, logout, fetch };
