import { z } from "zod";

/** The schemas that several routes answer with, by the names that they have in `/openapi.json` and generated clients. */
export const SCHEMA_NAMES = z.registry<{ readonly id: string }>();

/** Names a schema; a name, once published, stays. */
export function named<Schema extends z.ZodType>(id: string, schema: Schema): Schema {
  SCHEMA_NAMES.add(schema, { id });
  return schema;
}
