import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import { mergeValues } from "./merge-values.ts";
import { deduce, typedPlanOfKind, type TypedPlan } from "./typed-plan.ts";
import { TypedValueError, validateTyped } from "./validate-typed.ts";

/**
 * An object with a configuration put over it, without a word about who owns what. It may say nothing of what can only be
 * taken or left as a whole: the rest of that would be lost by accident.
 *
 * @throws {Error} with upstream's words. Upstream: apiserver/pkg/admission/plugin/policy/mutating/patch/smd.go#ApplyStructuredMergeDiff
 */
export function mergeConfiguration(schema: StructSchema, object: KubeObject, configuration: object): object {
  const plan = typedPlanOfKind(schema);
  try {
    validateTyped(plan, configuration);
  } catch (error) {
    if (!(error instanceof TypedValueError)) throw error;
    throw new Error(`failed to convert patch object to typed object: ${error.message}`, { cause: error });
  }
  const atomics = [...atomicPaths(plan, configuration, "")];
  if (atomics.length > 0)
    throw new Error(`invalid ApplyConfiguration: may not mutate atomic arrays, maps or structs: ${atomics.join(", ")}`);
  return mergeValues(plan, object, configuration) as object;
}

/** Upstream: …/smd.go#findAtomics */
function* atomicPaths(plan: TypedPlan, value: unknown, path: string): Generator<string> {
  if (typeof value !== "object" || value === null) return;
  const deduced = deduce(plan, value);
  if (deduced.type === "scalar") return;
  if (deduced.atomic) yield path;
  if (deduced.type === "list") {
    for (const [i, item] of Array.isArray(value) ? value.entries() : [])
      yield* atomicPaths(deduced.items, item, `${path}[${i}]`);
    return;
  }
  for (const [name, item] of Object.entries(value)) {
    const field = deduced.fields.get(name);
    if (field) yield* atomicPaths(field.plan, item, `${path}.${name}`);
  }
}
