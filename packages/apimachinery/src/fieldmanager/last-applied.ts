import { decodeJson } from "../codec/decode-json.ts";
import { encodeJson } from "../codec/encode-json.ts";
import { inKeyOrder } from "../codec/key-order.ts";
import type { Draft } from "../meta/draft.ts";
import type { KubeObject } from "../meta/object.ts";
import { isObject } from "../patch/json-value.ts";
import { compareValues } from "./compare-values.ts";
import type { FieldSet } from "./field-set.ts";
import { toFieldSet } from "./to-field-set.ts";
import type { TypedPlan } from "./typed-plan.ts";
import { validateTyped } from "./validate-typed.ts";

/** Where `kubectl apply` keeps what it applied last. */
const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/** Annotations may be this long together, keys and values. */
const MAX_ANNOTATIONS = 256 * 1024;

/**
 * The fields that the annotation's configuration set and that still are as it set them. Undefined without a usable one.
 * Upstream: managedfields/internal/lastappliedmanager.go#allowedConflictsFromLastApplied
 */
export function allowedByLastApplied(plan: TypedPlan, live: KubeObject, apiVersion: string): FieldSet | undefined {
  const text = live.metadata.annotations?.[LAST_APPLIED];
  if (!text) return undefined;
  try {
    const { value } = decodeJson(Buffer.from(text));
    if (!isObject(value) || value["apiVersion"] !== apiVersion) return undefined;
    validateTyped(plan, value);
    const { modified, added, removed } = compareValues(plan, { before: value, after: live });
    return toFieldSet(plan, value).difference(modified).difference(added).difference(removed);
  } catch {
    return undefined;
  }
}

/**
 * Keeps the annotation, where there is one, in step with what kubectl applies server-side.
 * Upstream: managedfields/internal/lastappliedupdater.go
 */
export function updateLastApplied(object: Draft<KubeObject>, applied: KubeObject): void {
  const { annotations } = object.metadata;
  if (!annotations?.[LAST_APPLIED]) return;
  annotations[LAST_APPLIED] = `${encodeJson(inKeyOrder(withoutAnnotation(applied)))}\n`;
  const size = Object.entries(annotations).reduce(
    (sum, [key, value]) => sum + Buffer.byteLength(key) + Buffer.byteLength(value),
    0,
  );
  if (size > MAX_ANNOTATIONS) delete annotations[LAST_APPLIED];
}

function withoutAnnotation(applied: KubeObject): KubeObject {
  const { annotations } = applied.metadata;
  if (annotations === undefined || annotations === null) return applied;
  const { [LAST_APPLIED]: _, ...kept } = annotations;
  return { ...applied, metadata: { ...applied.metadata, annotations: kept } };
}
