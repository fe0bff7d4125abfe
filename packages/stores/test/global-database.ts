import type { TestProject } from "vitest/node";
import { Database, hasDebianPostgres, NOT_DURABLE } from "./database.ts";

declare module "vitest" {
  interface ProvidedContext {
    /** Addresses of running servers, by PostgreSQL's version; Debian's is there where it is installed. */
    postgres: { readonly "18": string; readonly "15": string | null };
  }
}

export default async function start(project: TestProject): Promise<() => Promise<void>> {
  const eighteen = await Database.start("18", NOT_DURABLE);
  const fifteen = hasDebianPostgres() ? await Database.start("15", NOT_DURABLE) : null;
  project.provide("postgres", { "18": eighteen.url(), "15": fifteen?.url() ?? null });
  return async () => {
    await eighteen[Symbol.asyncDispose]();
    await fifteen?.[Symbol.asyncDispose]();
  };
}
