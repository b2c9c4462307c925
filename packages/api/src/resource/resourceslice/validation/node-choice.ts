import { invalid, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import { validateSubdomain } from "../../../core/pod/validation/names.ts";

export function nodeNameErrors(name: string | undefined, field: FieldPath, emptyText: string): FieldError[] {
  if (name === undefined) return [];
  return name === "" ? [invalid(field, name, emptyText)] : validateSubdomain(name, field);
}

export function trueOrAbsentErrors(value: boolean | undefined, field: FieldPath): FieldError[] {
  return value === false ? [invalid(field, value, "must be either unset or set to true")] : [];
}

/** Fields of which one is to be set. */
export interface Choice<T> {
  readonly fields: readonly (keyof T & string)[];
  readonly none: string;
  readonly many: string;
}

export function choiceErrors<T>(object: T, { fields, none, many }: Choice<T>, field: FieldPath): FieldError[] {
  const chosen = fields.filter((name) => Boolean(object[name]));
  if (chosen.length === 0) return [required(field, none)];
  if (chosen.length === 1) return [];
  return [invalid(field, `{${chosen.map((name) => `\`${name}\``).join(", ")}}`, many)];
}
