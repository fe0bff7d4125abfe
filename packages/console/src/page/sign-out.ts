import { createContext, useContext } from "react";

/** Signs out in this browser, and says so where the server could not be told. */
export const SignOut = createContext<() => Promise<void>>(async () => undefined);

/** For whatever is within the shell, which tells how it went when what asked for it has gone. */
export function useSignOut(): () => Promise<void> {
  return useContext(SignOut);
}
