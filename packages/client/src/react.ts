"use client";

export { AuthProvider } from "./react/auth-provider.ts";
export type { AuthProviderProps } from "./react/auth-provider.ts";
export type { ClientFunctions } from "./react/client-functions.ts";
export { useAuth } from "./react/use-auth.ts";
export type { Auth } from "./react/use-auth.ts";
export { useUser } from "./react/use-user.ts";
