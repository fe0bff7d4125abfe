import { fileURLToPath } from "node:url";
import react from "@vitejs/plugin-react";
import { defineConfig } from "vite";

const isOfLab = (file: string) => file.includes("src/lab/");

export default defineConfig({
  root: fileURLToPath(new URL(".", import.meta.url)),
  // The server may be mounted under any path: everything is found from where the page is.
  base: "./",
  plugins: [react()],
  resolve: { conditions: ["@counterfoil/source", "module", "browser", "production"] },
  build: {
    outDir: "../server/console",
    emptyOutDir: true,
    // No inline script or style, and no data: address: the policy of the pages allows none.
    assetsInlineLimit: 0,
    modulePreload: { polyfill: false },
    // What the demonstration alone has is known by its name, and served by it alone.
    rolldownOptions: {
      output: {
        chunkFileNames: ({ moduleIds }) =>
          moduleIds.some(isOfLab) ? "assets/lab-[name]-[hash].js" : "assets/[name]-[hash].js",
        assetFileNames: ({ originalFileNames }) =>
          originalFileNames.some(isOfLab) ? "assets/lab-[name]-[hash][extname]" : "assets/[name]-[hash][extname]",
      },
    },
    // What is in them is shipped with them, and so are its licences.
    license: { fileName: "LICENSES.md" },
  },
});
