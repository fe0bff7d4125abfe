import { fileURLToPath } from "node:url";

/** @type {import("next").NextConfig} */
export default {
  // The libraries of this repository are above this folder. An application of your own needs no such line.
  turbopack: { root: fileURLToPath(new URL("../../..", import.meta.url)) },
};
