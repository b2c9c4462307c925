import type { FieldError } from "@dingi/apimachinery";
import type { V1Pod } from "./pod.gen.ts";

export function validatePodUpdate(_pod: V1Pod, _old: V1Pod): FieldError[] {
  return [];
}
