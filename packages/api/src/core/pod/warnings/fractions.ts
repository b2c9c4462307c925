import { canonicalQuantity, isIntegerQuantity, type FieldPath } from "@dingi/apimachinery";

/** Amounts of bytes that nothing can have. */
export function fractionWarnings(
  quantities: Readonly<Record<string, string>> | undefined,
  field: FieldPath,
  names: readonly string[] = ["memory", "ephemeral-storage"],
): string[] {
  if (!quantities) return [];
  return names.flatMap((name) => {
    const quantity = quantities[name];
    if (quantity === undefined || isIntegerQuantity(quantity)) return [];
    const text = canonicalQuantity(quantity);
    return [`${field.key(name)}: fractional byte value ${JSON.stringify(text)} is invalid, must be an integer`];
  });
}
