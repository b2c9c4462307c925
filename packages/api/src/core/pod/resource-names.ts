import {
  invalid,
  isIntegerQuantity,
  isQualifiedName,
  parseQuantity,
  quantitySign,
  quantityValue,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";

/** Names of resources and what holds for each. Upstream: pkg/apis/core/helper/helpers.go */
export const HUGE_PAGES_PREFIX = "hugepages-";
const QUOTA_PREFIX = "requests.";
const NATIVE_NAMESPACE = "kubernetes.io/";

const COUNTS = [
  "pods",
  "resourcequotas",
  "services",
  "replicationcontrollers",
  "secrets",
  "configmaps",
  "persistentvolumeclaims",
  "services.nodeports",
  "services.loadbalancers",
];
const INTEGERS: ReadonlySet<string> = new Set(COUNTS);
const CONTAINER: ReadonlySet<string> = new Set(["cpu", "memory", "ephemeral-storage"]);
const STANDARD: ReadonlySet<string> = new Set([
  ...COUNTS,
  ...CONTAINER,
  "storage",
  "requests.cpu",
  "requests.memory",
  "requests.ephemeral-storage",
  "requests.storage",
  "limits.cpu",
  "limits.memory",
  "limits.ephemeral-storage",
]);

export const isHugePageResource = (name: string): boolean => name.startsWith(HUGE_PAGES_PREFIX);

const isQuotaHugePageResource = (name: string): boolean =>
  isHugePageResource(name) || name.startsWith("requests.hugepages-");

export const isNativeResource = (name: string): boolean => !name.includes("/") || name.includes(NATIVE_NAMESPACE);

export const isOvercommitAllowed = (name: string): boolean => isNativeResource(name) && !isHugePageResource(name);

export function isExtendedResource(name: string): boolean {
  if (isNativeResource(name) || name.startsWith(QUOTA_PREFIX)) return false;
  return isQualifiedName(QUOTA_PREFIX + name).length === 0;
}

export const isIntegerResource = (name: string): boolean => INTEGERS.has(name) || isExtendedResource(name);

export const isStandardResource = (name: string): boolean => STANDARD.has(name) || isQuotaHugePageResource(name);

/** What a quota may limit. */
export const isStandardQuotaResource = (name: string): boolean => name !== "storage" && isStandardResource(name);

export const isStandardContainerResource = (name: string): boolean => CONTAINER.has(name) || isHugePageResource(name);

/** What a pod's own `resources` may name. */
export const isPodLevelResource = (name: string): boolean =>
  name === "cpu" || name === "memory" || isHugePageResource(name);

/** Whether a huge-page quantity is a whole number of its pages. */
export function isHugePageMultiple(name: string, quantity: string): boolean {
  const size = name.slice(HUGE_PAGES_PREFIX.length);
  try {
    if (parseQuantity(size).nano <= 0n || !isIntegerQuantity(size)) return false;
  } catch {
    return false;
  }
  return quantityValue(quantity) % quantityValue(size) === 0;
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateResourceQuantityValue */
export function validateResourceQuantity(name: string, quantity: string, field: FieldPath): FieldError[] {
  const errors = quantitySign(quantity) < 0 ? [invalid(field, quantity, "must be greater than or equal to 0")] : [];
  if (isIntegerResource(name) && !isIntegerQuantity(quantity))
    errors.push(invalid(field, quantity, "must be an integer"));
  return errors;
}

/** Upstream: …#validateBasicResource */
export function validateBasicQuantity(quantity: string, field: FieldPath): FieldError[] {
  const value = quantityValue(quantity);
  return value < 0 ? [invalid(field, value, "must be a valid resource quantity")] : [];
}
