import { lazy } from "react";
import type { ComponentType } from "react";
import { hydrateRoot } from "react-dom/client";
import { createClient } from "@counterfoil/client";
import type { SessionState } from "@counterfoil/client";
import { application, Greeting } from "./application.ts";

const given = document.querySelector("#initial")?.textContent;
const initial = given ? (JSON.parse(given) as SessionState) : undefined;
let arrive: (module: { readonly default: ComponentType }) => void;
const arrived = new Promise<{ readonly default: ComponentType }>((resolve) => (arrive = resolve));
const client = createClient({ url: "/auth" });

hydrateRoot(
  document.querySelector("#root")!,
  application(
    client,
    initial,
    lazy(() => arrived),
  ),
  {
    onRecoverableError: (error) => console.error(error),
  },
);
Object.assign(globalThis, { client, arrive: () => arrive({ default: Greeting }) });
