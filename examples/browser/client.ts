/// <reference types="vite/client" />
import { createClient } from "@counterfoil/client";

/** Where the API is: Vite puts the variable's value here. */
export const API = String(import.meta.env["VITE_API"] ?? "http://localhost:3001");

export const client = createClient({ url: "/auth", apiOrigins: [API] });
