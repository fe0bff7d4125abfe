"use client";

import { useUser } from "@counterfoil/client/react";
import { useRouter } from "next/navigation";
import { useEffect } from "react";
import type { ReactNode } from "react";

/**
 * Shows what the server has rendered for a user to that user alone: it goes at the sign-out, in every tab, without a
 * request; and where somebody else has signed in meanwhile, the server renders anew.
 */
export function OnlyFor({ sub, children }: { sub: string | null; children: ReactNode }) {
  const router = useRouter();
  const present = useUser()?.sub ?? null;
  useEffect(() => {
    if (present !== null && present !== sub) router.refresh();
  }, [present, sub, router]);
  return present === sub ? children : null;
}
