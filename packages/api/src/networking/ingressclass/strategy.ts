import { semanticEqual, type Strategy } from "@dingi/apimachinery";
import type { V1IngressClass } from "./ingressclass.gen.ts";
import { validateIngressClass, validateIngressClassUpdate } from "./validation.ts";

/** Upstream: pkg/registry/networking/ingressclass/strategy.go */
export const strategy: Strategy<V1IngressClass> = {
  prepareForCreate({ metadata }) {
    metadata.generation = 1;
  },
  prepareForUpdate({ metadata, spec }, old) {
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateIngressClass,
  validateUpdate: validateIngressClassUpdate,
};
