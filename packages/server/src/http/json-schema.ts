import { z } from "zod";
import type { Route } from "./route.ts";
import { SCHEMA_NAMES } from "./schema.ts";

/** As much of JSON Schema 2020-12 as is read in this repository. */
export interface JsonSchema {
  readonly type?: string | readonly string[];
  readonly description?: string;
  readonly properties?: Readonly<Record<string, JsonSchema>>;
  readonly required?: readonly string[];
  readonly $ref?: string;
  readonly [keyword: string]: unknown;
}

export type SchemaOf = (schema: z.ZodType) => JsonSchema;

export interface JsonSchemas {
  /** Those of `components.schemas`. */
  readonly named: Readonly<Record<string, JsonSchema>>;
  /** A schema where it is used: a reference, if it has a name. */
  readonly of: SchemaOf;
}

/** Every schema of the routes, as JSON Schema. */
export function jsonSchemas(routes: readonly Route[], more: readonly z.ZodType[]): JsonSchemas {
  const asked = routes.flatMap(({ about }) =>
    [about.body, about.query, about.headers].filter((schema) => schema !== undefined),
  );
  const answered = routes.flatMap(({ about }) => Object.values(about.answers).filter((schema) => schema !== null));
  const input = convert(asked, "input");
  const output = convert([...answered, ...more], "output");
  const all = new Map([...input.schemas, ...output.schemas]);
  const names = Object.entries({ ...input.named, ...output.named }).toSorted(([left], [right]) =>
    left < right ? -1 : 1,
  );
  return {
    named: Object.fromEntries(names),
    of(schema) {
      const found = all.get(schema);
      if (found === undefined) throw new TypeError("No route has this schema.");
      return found;
    },
  };
}

/** All in one conversion, so that what has a name and occurs twice is made once. */
function convert(schemas: readonly z.ZodType[], io: "input" | "output") {
  const distinct = [...new Set(schemas)];
  const root = z.toJSONSchema(z.object(Object.fromEntries(distinct.entries())), {
    metadata: SCHEMA_NAMES,
    io,
    override({ zodSchema, jsonSchema }) {
      const description = z.globalRegistry.get(zodSchema)?.description;
      if (description !== undefined) jsonSchema.description = description;
      // The name that it is registered by, which is no keyword.
      delete jsonSchema.id;
      // A body with a member that we do not know is refused; a client that refuses an answer for it would break with
      // the next version.
      if (io === "output") delete jsonSchema.additionalProperties;
      // Our types' own word; here it would mean that the member is never sent to us.
      delete jsonSchema.readOnly;
      // Zod's own bounds of an integer say nothing of ours.
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
    },
  });
  const { properties = {}, $defs = {} } = moved(root);
  return { named: $defs, schemas: new Map(distinct.map((schema, index) => [schema, properties[index]!])) };
}

type Root = Readonly<Record<"properties" | "$defs", Readonly<Record<string, JsonSchema>> | undefined>>;

/** Zod refers to `$defs`; in the document the same schemas are components. */
function moved(root: object): Root {
  return JSON.parse(JSON.stringify(root).replaceAll('"#/$defs/', '"#/components/schemas/')) as Root;
}
