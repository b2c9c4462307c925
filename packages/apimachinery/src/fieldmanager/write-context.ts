import { wireTime } from "../meta/wire-time.ts";
import { freezeDeep } from "../codec/freeze-deep.ts";
import { emptyStruct } from "../codec/go-zero.ts";
import { planOf } from "../codec/plan.ts";
import type { Versioned } from "../kind/converter.ts";
import type { KubeObject } from "../meta/object.ts";
import type { StructSchema } from "../schema/schema.ts";
import { FieldSet } from "./field-set.ts";
import type { Manager, Managers } from "./managed.ts";
import { capUpdaters } from "./manager-cap.ts";
import { fieldElement } from "./path-element.ts";
import { claimUpdate, type Pace } from "./updater.ts";

/** Paths that a write through this door never owns, such as [["status"]]. */
export type ResetFields = readonly (readonly string[])[];

export interface WriteContext {
  readonly kind: Versioned;
  /** The version that is written in, and that all objects here are in. */
  readonly apiVersion: string;
  /** Undefined when the object is created. */
  readonly live: KubeObject | undefined;
  /** The request's fieldManager, or what the user agent begins with. */
  readonly manager: string;
  /** Empty for the object itself. */
  readonly subresource: string;
  readonly resetFields?: ResetFields | undefined;
  readonly nowMs: number;
  /** Never due when absent. */
  readonly pace?: Pace | undefined;
  /** What an object has left for its owners; unbounded when absent. */
  readonly maxOwnersBytes?: number | undefined;
}

/** Upstream: the chain of managedfields/internal below SkipNonAppliedManager */
export async function trackUpdate(
  context: WriteContext,
  object: KubeObject,
  managers: Managers,
): Promise<Map<string, Manager>> {
  const after = await claimUpdate(
    {
      kind: context.kind,
      live: context.live ?? emptyObject(schemaOf(context)),
      managers,
      writer: writerOf(context),
      ignored: fieldsToReset(context.resetFields),
      pace: paceOf(context),
      maxBytes: context.maxOwnersBytes,
    },
    object,
  );
  capUpdaters(after);
  return after;
}

const NEVER_DUE: Pace = () => undefined;

export const paceOf = ({ pace = NEVER_DUE }: Pick<WriteContext, "pace">): Pace => pace;

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

export function schemaOf({ kind, apiVersion }: Pick<WriteContext, "kind" | "apiVersion">): StructSchema {
  return kind.versions[apiVersion]!.schema;
}

const emptyObjects = new WeakMap<StructSchema, KubeObject>();

/** What Go's type is before anything is set; frozen. */
export function emptyObject(schema: StructSchema): KubeObject {
  let object = emptyObjects.get(schema);
  if (object === undefined) {
    object = freezeDeep(emptyStruct(planOf(schema, true))) as unknown as KubeObject;
    emptyObjects.set(schema, object);
  }
  return object;
}
