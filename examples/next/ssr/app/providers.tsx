"use client";

import { createClient } from "@counterfoil/client";
import type { SessionState } from "@counterfoil/client";
import { AuthProvider } from "@counterfoil/client/react";
import type { ReactNode } from "react";

// Made on the server too, where it does nothing: it begins when a component subscribes, in a browser.
const client = createClient({ url: "/auth" });

export function Providers({ initial, children }: { initial: SessionState; children: ReactNode }) {
  return (
    <AuthProvider client={client} initial={initial}>
      {children}
    </AuthProvider>
  );
}
