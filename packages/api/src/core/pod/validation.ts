import type { FieldError } from "@dingi/apimachinery";
import type { V1Pod } from "./pod.gen.ts";

export function validatePod(_pod: V1Pod): FieldError[] {
  return [];
}
