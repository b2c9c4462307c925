import { adopt, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { defaultHorizontalPodAutoscaler, freshStatus } from "./defaults.ts";
import type { V2HorizontalPodAutoscaler } from "./horizontalpodautoscaler.gen.ts";
import {
  validateHorizontalPodAutoscaler,
  validateHorizontalPodAutoscalerStatus,
  validateHorizontalPodAutoscalerUpdate,
} from "./validation/validation.ts";

/** Upstream: pkg/registry/autoscaling/horizontalpodautoscaler/strategy.go */
export const strategy: Strategy<V2HorizontalPodAutoscaler> = {
  resetFields: [["status"]],
  prepareForCreate(autoscaler) {
    autoscaler.status = freshStatus();
    autoscaler.metadata.generation = 1;
  },
  prepareForUpdate(autoscaler, old) {
    const { metadata, spec } = autoscaler;
    autoscaler.status = adopt(old.status);
    if (!semanticEqual(spec, old.spec)) metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (autoscaler) => validateHorizontalPodAutoscaler(autoscaler),
  validateUpdate: validateHorizontalPodAutoscalerUpdate,
  // What came in the older version lacks the defaults of this one, which upstream sets whenever it reads what is stored.
  canonicalize: defaultHorizontalPodAutoscaler,
};

export const statusStrategy: UpdateStrategy<V2HorizontalPodAutoscaler> = {
  resetFields: [["spec"]],
  prepareForUpdate(autoscaler, old) {
    autoscaler.spec = adopt(old.spec);
  },
  validateUpdate: validateHorizontalPodAutoscalerStatus,
};
