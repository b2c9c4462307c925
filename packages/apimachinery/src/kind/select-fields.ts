import type { KubeObject } from "../meta/object.ts";
import type { FieldExtractor } from "./field-extractor.ts";

/** Selectable fields from a table of getters; an absent value is the empty text. */
export function selectFields<T extends KubeObject>(
  getters: Readonly<Record<string, (object: T) => string | undefined>>,
): FieldExtractor<T> {
  return {
    names: Object.keys(getters),
    get: (object, name) => (Object.hasOwn(getters, name) ? (getters[name]!(object) ?? "") : ""),
  };
}
