import { AuthProvider } from "@counterfoil/client/react";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { client } from "./client.ts";
import { App } from "./page/app.tsx";
import { PageBoundary } from "./page/page-boundary.tsx";
import "./style/style.css";

createRoot(document.getElementById("root")!).render(
  <StrictMode>
    <PageBoundary>
      <AuthProvider client={client}>
        <App />
      </AuthProvider>
    </PageBoundary>
  </StrictMode>,
);
