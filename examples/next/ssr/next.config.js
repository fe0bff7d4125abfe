import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  // It reads files of its own, and has native code: it is loaded by Node, as it was installed.
  serverExternalPackages: ["counterfoil"],
  // The libraries of this repository are above this folder. An application of your own needs no such line.
  turbopack: { root: fileURLToPath(new URL("../../..", import.meta.url)) },
};
