import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  // This repository's sources, unbuilt. An application of your own needs no such line.
  resolve: { conditions: ["@counterfoil/source", "module", "browser", "production"] },
  build: {
    rolldownOptions: { input: `${import.meta.dirname}/page.ts`, output: { entryFileNames: "page.js" } },
    modulePreload: { polyfill: false },
  },
});
