import { V1ObjectMeta } from "../meta/meta.gen.ts";
import { s, type FreeSchema, type Published, type StructSchema, type Unknown } from "../schema/schema.ts";

interface CustomSchemaOptions {
  /** OpenAPI's name: "org.example.v1.Boat". */
  readonly name: string;
  readonly properties?: Readonly<Record<string, FreeSchema>> | (() => Readonly<Record<string, FreeSchema>>);
  readonly unknown?: Unknown;
  readonly published?: Published;
}

/**
 * The schema of a kind that no type of Go stands behind: metadata is what it is everywhere, all else is free. With neither
 * properties nor a word on unknown fields everything is kept.
 */
export function customSchema({ name, properties, unknown, published }: CustomSchemaOptions): StructSchema {
  const metadata = s.field("metadata", 1, V1ObjectMeta, { omitempty: true });
  const own = () => (typeof properties === "function" ? properties() : (properties ?? {}));
  const fields = () => [metadata, ...Object.entries(own()).map(([field, schema]) => s.field(field, 0, schema))];
  return s.struct(name, fields, {
    unknown: unknown ?? (properties ? "drop" : "keep"),
    ...(published ? { published } : {}),
  });
}
