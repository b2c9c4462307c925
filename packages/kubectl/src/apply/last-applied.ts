import { encodeJson, inKeyOrder } from "@dingi/apimachinery";
import { CommandError } from "../command-error.ts";
import { isJson, type AnyObject, type Json } from "../json.ts";

export const LAST_APPLIED = "kubectl.kubernetes.io/last-applied-configuration";

/**
 * The object with its own text as an annotation; `bare` where Go has a type for it, which leaves no annotations out.
 * Upstream: kubectl/pkg/util/apply.go#GetModifiedConfiguration
 */
export function withLastApplied(object: AnyObject, { bare: isBare = false } = {}): AnyObject {
  const { [LAST_APPLIED]: _, ...annotations } = object.metadata.annotations ?? {};
  const hasNone = isBare && Object.keys(annotations).length === 0;
  const bare = hasNone ? object : { ...object, metadata: { ...object.metadata, annotations } };
  const text = `${encodeJson(inKeyOrder(bare))}\n`;
  return { ...bare, metadata: { ...bare.metadata, annotations: { ...annotations, [LAST_APPLIED]: text } } };
}

/** What was applied last, or undefined when the object was made in another way. */
export function lastApplied(current: AnyObject): Json | undefined {
  const text = current.metadata.annotations?.[LAST_APPLIED];
  if (text === undefined) return undefined;
  try {
    const value: unknown = JSON.parse(text);
    return isJson(value) ? value : undefined;
  } catch (cause) {
    throw new CommandError(`the annotation "${LAST_APPLIED}" of "${current.metadata.name}" is not JSON`, { cause });
  }
}
