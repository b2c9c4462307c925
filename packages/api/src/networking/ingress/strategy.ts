import { adopt, ipWarnings, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { CLASS_ANNOTATION, ingressClassAnnotation } from "./class-annotation.ts";
import type { V1Ingress } from "./ingress.gen.ts";
import { validateIngressStatusUpdate } from "./status-validation.ts";
import { validateIngress, validateIngressUpdate } from "./validation.ts";

/** Upstream: pkg/registry/networking/ingress/strategy.go */
export const strategy: Strategy<V1Ingress> = {
  resetFields: [["status"]],
  prepareForCreate(ingress) {
    ingress.status = { loadBalancer: {} };
    ingress.metadata.generation = 1;
  },
  prepareForUpdate(ingress, old) {
    ingress.status = adopt(old.status);
    if (!semanticEqual(ingress.spec, old.spec)) ingress.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: validateIngress,
  validateUpdate: validateIngressUpdate,
  warningsOnCreate({ metadata, spec }) {
    if (ingressClassAnnotation(metadata) === undefined || spec.ingressClassName !== undefined) return [];
    return [`annotation "${CLASS_ANNOTATION}" is deprecated, please use 'spec.ingressClassName' instead`];
  },
};

export const statusStrategy: UpdateStrategy<V1Ingress> = {
  resetFields: [["spec"]],
  prepareForUpdate(ingress, old) {
    ingress.spec = adopt(old.spec);
  },
  validateUpdate: validateIngressStatusUpdate,
  warningsOnUpdate: ({ status }) =>
    (status.loadBalancer?.ingress ?? []).flatMap(({ ip }, i) =>
      ip ? ipWarnings(ip, path("status", "loadBalancer", "ingress").index(i)) : [],
    ),
};
