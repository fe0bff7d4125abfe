import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

export default defineConfig({
  plugins: [react()],
  // This repository's sources, unbuilt. An application of your own needs no such line.
  resolve: { conditions: ["@counterfoil/source", "module", "browser", "production"] },
  build: {
    rolldownOptions: { input: [`${import.meta.dirname}/index.html`, `${import.meta.dirname}/tabs.html`] },
    // Nothing inline: a strict Content-Security-Policy holds.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
  },
  // Vite's own server, for whoever works on the pages: the cookie is of the host that they are of.
  server: {
    proxy: { "/auth": "http://localhost:3000" },
  },
});
