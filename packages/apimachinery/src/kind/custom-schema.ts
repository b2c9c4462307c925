import { V1ObjectMeta } from "../meta/meta.gen.ts";
import { s, type FreeSchema, type StructSchema, type Unknown } from "../schema/schema.ts";

interface CustomSchemaOptions {
  /** OpenAPI's name: "org.example.v1.Boat". */
  readonly name: string;
  readonly properties?: Readonly<Record<string, FreeSchema>>;
  readonly unknown?: Unknown;
}

/**
 * The schema of a kind that no type of Go stands behind: metadata is what it is everywhere, all else is free. With neither
 * properties nor a word on unknown fields everything is kept.
 */
export function customSchema({ name, properties, unknown }: CustomSchemaOptions): StructSchema {
  const own = Object.entries(properties ?? {}).map(([field, schema]) => s.field(field, 0, schema));
  const metadata = s.field("metadata", 1, V1ObjectMeta, { omitempty: true });
  return s.struct(name, () => [metadata, ...own], { unknown: unknown ?? (properties ? "drop" : "keep") });
}
