import type { ReactNode } from "react";
import { Providers } from "./providers.tsx";
import { readSession } from "./session.ts";

export const metadata = { title: "Counterfoil and Next.js" };

export default async function Layout({ children }: { children: ReactNode }) {
  return (
    <html lang="en">
      <body>
        <Providers initial={await readSession()}>{children}</Providers>
      </body>
    </html>
  );
}
