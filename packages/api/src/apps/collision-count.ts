import { invalid, path, type FieldError } from "@dingi/apimachinery";

/** Names of what a controller makes are derived from the count, so it never falls. */
export function decrementErrors(count: number | undefined, before: number | undefined): FieldError[] {
  if (before === undefined || (count ?? 0) >= before) return [];
  return [invalid(path("status", "collisionCount"), count ?? 0, "cannot be decremented")];
}
