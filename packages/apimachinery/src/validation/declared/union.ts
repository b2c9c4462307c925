import { invalid, type FieldError, type FieldPath } from "../../errors/field-error.ts";
import type { Field } from "../../schema/schema.ts";
import { isSet, type Run } from "./checks.ts";

type Struct = Readonly<Record<string, unknown>>;

/**
 * Exactly one of the members is to be set; a choice that was there before is not judged again.
 * Upstream: apimachinery/pkg/api/validate/union.go#Union
 */
export function unionErrors(
  members: readonly Field[],
  { value, old, at, run }: { value: Struct; old: Struct | undefined; at: FieldPath; run: Run },
): FieldError[] {
  if (members.length === 0) return [];
  const chosen = setOf(members, value);
  if (run.isUpdate && old !== undefined && String(chosen) === String(setOf(members, old))) return [];
  if (chosen.length === 1) return [];
  const all = members.map(({ name }) => `\`${name}\``).join(", ");
  if (chosen.length === 0) return [invalid(at, "", `must specify one of: ${all}`)];
  return [invalid(at, `{${chosen.join(", ")}}`, `must specify exactly one of: ${all}`)];
}

const setOf = (members: readonly Field[], struct: Struct): string[] =>
  members.filter((field) => isSet({ field, value: struct[field.name] })).map(({ name }) => name);
