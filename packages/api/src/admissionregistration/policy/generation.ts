import { semanticEqual, type Draft, type KubeObject } from "@dingi/apimachinery";

type Spec = KubeObject & { readonly spec: object };

/** A new spec is a new generation. */
export function startGeneration({ metadata }: Draft<KubeObject>): void {
  metadata.generation = 1;
}

export function raiseGeneration({ metadata, spec }: Draft<Spec>, old: Spec): void {
  if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
}
