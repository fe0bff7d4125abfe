/** 9.2 Basic app setup. */
import { createCounterfoil } from "counterfoil";
import { authenticate } from "./users.ts";

export const port = Number(process.env["PORT"] ?? 4000);

export const cf = createCounterfoil({
  issuer: `http://localhost:${port}`,
  ledger: "memory:",
  // Where nothing is set, the lesson's own key: try it, and read what happens.
  secret: process.env["COUNTERFOIL_SECRET"] ?? "super-secret-key",
  authenticate,
});
