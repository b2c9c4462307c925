import type { Strategy } from "@dingi/apimachinery";
import type { V1LimitRange } from "./limitrange.gen.ts";
import { validateLimitRange } from "./validation.ts";

/** Upstream: pkg/registry/core/limitrange/strategy.go */
export const strategy: Strategy<V1LimitRange> = {
  allowCreateOnUpdate: true,
  prepareForCreate({ metadata }, { random }) {
    metadata.name ||= random.uuid();
  },
  validate: validateLimitRange,
  validateUpdate: validateLimitRange,
};
