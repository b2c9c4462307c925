import { tooMany, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1Counter } from "../resourceslice.gen.ts";

const MAX_COUNTERS = 32;

/** Names are declared, and any quantity is right. Upstream: pkg/apis/resource/validation/validation.go#validateMap */
export function counterErrors(
  counters: Readonly<Record<string, V1Counter>> | undefined,
  field: FieldPath,
): FieldError[] {
  const count = Object.keys(counters ?? {}).length;
  return count > MAX_COUNTERS ? [tooMany(field, count, MAX_COUNTERS)] : [];
}
