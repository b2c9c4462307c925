import type { Strategy } from "@dingi/apimachinery";
import type { V1PriorityClass } from "./priorityclass.gen.ts";
import { validatePriorityClass, validatePriorityClassUpdate } from "./validation.ts";

/** Upstream: pkg/registry/scheduling/priorityclass/strategy.go */
export const strategy: Strategy<V1PriorityClass> = {
  prepareForCreate(priorityClass) {
    priorityClass.metadata.generation = 1;
  },
  validate: validatePriorityClass,
  validateUpdate: validatePriorityClassUpdate,
};
