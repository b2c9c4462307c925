import { forbidden, notSupported, type FieldError, type FieldPath } from "@dingi/apimachinery";

/** In the order in which they are printed. */
const SHORT: Readonly<Record<string, string>> = {
  ReadWriteOnce: "RWO",
  ReadOnlyMany: "ROX",
  ReadWriteMany: "RWX",
  ReadWriteOncePod: "RWOP",
};
const ALONE = "ReadWriteOncePod";
export const ACCESS_MODES = Object.keys(SHORT).sort();

/** "RWO,ROX". Upstream: pkg/apis/core/helper/helpers.go#GetAccessModesAsString */
export function accessModesText(modes: readonly string[]): string {
  return Object.entries(SHORT)
    .filter(([mode]) => modes.includes(mode))
    .map(([, text]) => text)
    .join(",");
}

/** Of a claim and of a volume: each is known, and the one for a single pod stands alone. */
export function validateAccessModes(modes: readonly string[], field: FieldPath): FieldError[] {
  const unknown = modes.filter((mode) => !ACCESS_MODES.includes(mode));
  const isMixed = modes.includes(ALONE) && modes.some((mode) => mode !== ALONE && ACCESS_MODES.includes(mode));
  return [
    ...unknown.map((mode) => notSupported(field, mode, ACCESS_MODES)),
    ...(isMixed ? [forbidden(field, "may not use ReadWriteOncePod with other access modes")] : []),
  ];
}
