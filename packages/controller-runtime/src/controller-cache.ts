import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import type { IndexFunction, Informer } from "@dingi/client";
import type { AnyKindDefinition, ControllerCache, ControllerDefinition } from "./define-controller.ts";

/** All kinds that a controller reads; some come more than once. */
export function* kindsOf(definition: ControllerDefinition): Iterable<AnyKindDefinition> {
  if (definition.for) yield definition.for;
  yield* definition.owns ?? [];
  yield* definition.reads ?? [];
  for (const { kind } of definition.watches ?? []) yield kind;
  for (const { kind } of definition.indexes ?? []) yield kind;
}

/** What all controllers together look for, by kind. */
export function collectIndexes(
  controllers: readonly ControllerDefinition[],
): Map<AnyKindDefinition, Record<string, IndexFunction<KubeObject>>> {
  const all = new Map<AnyKindDefinition, Record<string, IndexFunction<KubeObject>>>();
  for (const { kind, name, values } of controllers.flatMap((definition) => definition.indexes ?? [])) {
    all.set(kind, { ...all.get(kind), [name]: values as unknown as IndexFunction<KubeObject> });
  }
  return all;
}

/** What controllers see of the informers. */
export function cacheOver(
  informerOf: (kind: AnyKindDefinition) => Informer<KubeObject>,
  isOpen: (kind: AnyKindDefinition) => boolean = () => true,
): ControllerCache {
  const typed = <T extends KubeObject>(kind: KindDefinition<T>) =>
    informerOf(kind as unknown as AnyKindDefinition) as unknown as Informer<T>;
  return {
    get: (kind, key) => typed(kind).get(key),
    list: (kind, namespace) => typed(kind).list(namespace),
    by: (kind, index, value) => [...typed(kind).by(index, value)],
    hasSynced: (kind) => isOpen(kind) && typed(kind).hasSynced,
    indexed: (kind) => typed(kind),
  };
}
