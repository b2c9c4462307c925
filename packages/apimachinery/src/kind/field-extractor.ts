import type { KubeObject } from "../meta/object.ts";

export interface FieldExtractor<T extends KubeObject> {
  readonly names: readonly string[];
  /** True: not even metadata.namespace is selectable, though the kind has namespaces. */
  readonly withoutNamespace?: boolean;
  get(object: T, name: string): string;
  /** How a selector of another field is refused, where the kind has words of its own. */
  unknown?(name: string): string;
}
