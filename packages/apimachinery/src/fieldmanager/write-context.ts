import { wireTime } from "../meta/wire-time.ts";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { emptyStruct } from "../codec/go-zero.ts";
import { planOf } from "../codec/plan.ts";
import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import { FieldSet } from "./field-set.ts";
import type { Manager, Managers } from "./managed.ts";
import { capUpdaters } from "./manager-cap.ts";
import { fieldElement } from "./path-element.ts";
import { typedPlanOfKind } from "./typed-plan.ts";
import { claimUpdate } from "./updater.ts";

/** Paths that a write through this door never owns, such as [["status"]]. */
export type ResetFields = readonly (readonly string[])[];

export interface WriteContext {
  readonly schema: StructSchema;
  readonly apiVersion: string;
  /** Undefined when the object is created. */
  readonly live: KubeObject | undefined;
  /** The request's fieldManager, or what the user agent begins with. */
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly resetFields?: ResetFields | undefined;
  readonly nowMs: number;
}

/** Upstream: the chain of managedfields/internal below SkipNonAppliedManager */
export function trackUpdate(context: WriteContext, object: KubeObject, managers: Managers): Map<string, Manager> {
  const after = claimUpdate(
    {
      plan: typedPlanOfKind(context.schema),
      live: context.live ?? emptyObject(context.schema),
      managers,
      writer: writerOf(context),
      ignored: fieldsToReset(context.resetFields),
    },
    object,
  );
  capUpdaters(after);
  return after;
}

export function writerOf({
  manager,
  apiVersion,
  subresource,
  nowMs,
}: WriteContext): Omit<Manager, "fields" | "operation"> {
  return {
    name: manager === "" ? "unknown" : manager,
    apiVersion,
    subresource,
    time: wireTime(nowMs),
  };
}

const resetSets = new WeakMap<ResetFields, FieldSet>();

/** A kind's paths are the same list on every write. */
export function fieldsToReset(paths: ResetFields | undefined): FieldSet {
  if (paths === undefined || paths.length === 0) return FieldSet.empty;
  let set = resetSets.get(paths);
  if (set === undefined) {
    set = FieldSet.ofPaths(paths.map((path) => path.map(fieldElement)));
    resetSets.set(paths, set);
  }
  return set;
}

const emptyObjects = new WeakMap<StructSchema, object>();

/** What Go's type is before anything is set; frozen. */
export function emptyObject(schema: StructSchema): object {
  let object = emptyObjects.get(schema);
  if (object === undefined) {
    object = freezeDeep(emptyStruct(planOf(schema, true)));
    emptyObjects.set(schema, object);
  }
  return object;
}
