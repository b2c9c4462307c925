import { invariant } from "@dingi/base";
import type { StructSchema } from "../schema/schema.ts";
import { Op, type ValuePlan } from "./plan.ts";

/** How a struct is brought into its canonical form. */
type Canonical = (struct: StructSchema, value: unknown) => object;

/** Whether a value may be a schema of OpenAPI, or something else. */
export function isAlternative(op: Op): boolean {
  return op >= Op.schemaOrArray && op <= Op.schemaOrStringArray;
}

export function structOf({ schema }: ValuePlan): StructSchema {
  invariant("of" in schema && typeof schema.of === "function", "An alternative has a struct");
  return schema.of() as StructSchema;
}

/**
 * A schema, or what may stand in its place; anything else is as if it were not there. Unknown fields of the schema are dropped
 * without a word: upstream's types read themselves.
 * Upstream: apiextensions-apiserver/pkg/apis/apiextensions/v1/marshal.go
 */
export function canonicalAlternative(plan: ValuePlan, value: unknown, canonical: Canonical): unknown {
  const struct = structOf(plan);
  if (typeof value === "object" && value !== null && !Array.isArray(value)) return canonical(struct, value);
  if (plan.op === Op.schemaOrBool) return typeof value === "boolean" ? value : null;
  if (!Array.isArray(value)) return null;
  if (plan.op === Op.schemaOrStringArray) return value.map(String);
  return value.map((item) => canonical(struct, item ?? {}));
}
