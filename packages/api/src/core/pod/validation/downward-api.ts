import { invalid, notSupported, quantitySign, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1ObjectFieldSelector, V1ResourceFieldSelector } from "../pod.gen.ts";
import { validateQualifiedName } from "./names.ts";

/** Fields that `fieldRef` can name anywhere in a pod. Upstream: pkg/apis/core/pods/helpers.go#ConvertDownwardAPIFieldLabel */
const KNOWN_FIELDS: ReadonlySet<string> = new Set([
  "metadata.annotations",
  "metadata.labels",
  "metadata.name",
  "metadata.namespace",
  "metadata.uid",
  "spec.nodeName",
  "spec.restartPolicy",
  "spec.serviceAccountName",
  "spec.schedulerName",
  "status.phase",
  "status.hostIP",
  "status.hostIPs",
  "status.podIP",
  "status.podIPs",
]);
const RESOURCES = [
  "limits.cpu",
  "limits.ephemeral-storage",
  "limits.memory",
  "requests.cpu",
  "requests.ephemeral-storage",
  "requests.memory",
];
const BYTE_DIVISORS = ["1", "1k", "1M", "1G", "1T", "1P", "1E", "1Ki", "1Mi", "1Gi", "1Ti", "1Pi", "1Ei"];
const BYTE_DIVISORS_TEXT = `only divisor's values ${BYTE_DIVISORS.join(", ")} are supported with the`;

/** Upstream: pkg/apis/core/validation/validation.go#validateObjectFieldSelector */
export function validateFieldRef(
  { apiVersion, fieldPath }: V1ObjectFieldSelector,
  allowed: readonly string[],
  field: FieldPath,
): FieldError[] {
  if (!apiVersion) return [required(field.child("apiVersion"))];
  if (!fieldPath) return [required(field.child("fieldPath"))];
  const problem = conversionProblem(apiVersion, fieldPath);
  if (problem !== undefined)
    return [invalid(field.child("fieldPath"), fieldPath, `error converting fieldPath: ${problem}`)];
  const name = fieldPath === "spec.host" ? "spec.nodeName" : fieldPath;
  const subscripted = splitSubscript(name);
  if (subscripted) {
    const [path, key] = subscripted;
    return validateQualifiedName(path === "metadata.annotations" ? key.toLowerCase() : key, field);
  }
  return allowed.includes(name) ? [] : [notSupported(field.child("fieldPath"), name, allowed)];
}

function conversionProblem(apiVersion: string, fieldPath: string): string | undefined {
  if (apiVersion !== "v1") return `unsupported pod version: ${apiVersion}`;
  const subscripted = splitSubscript(fieldPath);
  if (subscripted) {
    const has = subscripted[0] === "metadata.annotations" || subscripted[0] === "metadata.labels";
    return has ? undefined : `field label does not support subscript: ${fieldPath}`;
  }
  return KNOWN_FIELDS.has(fieldPath) || fieldPath === "spec.host"
    ? undefined
    : `field label not supported: ${fieldPath}`;
}

/** "metadata.labels['a']" → ["metadata.labels", "a"]. Upstream: pkg/fieldpath/fieldpath.go#SplitMaybeSubscriptedPath */
function splitSubscript(fieldPath: string): [path: string, key: string] | undefined {
  const match = /^([^]+?)\['([^]*)'\]$/.exec(fieldPath);
  return match ? [match[1]!, match[2]!] : undefined;
}

/** Upstream: …#validateContainerResourceFieldSelector */
export function validateResourceFieldRef(
  ref: V1ResourceFieldSelector,
  field: FieldPath,
  inVolume: boolean,
): FieldError[] {
  const { containerName, resource, divisor } = ref;
  const errors: FieldError[] = [];
  if (inVolume && !containerName) errors.push(required(field.child("containerName")));
  else if (!resource) errors.push(required(field.child("resource")));
  else if (!RESOURCES.includes(resource) && !isHugePages(resource)) {
    errors.push(notSupported(field.child("resource"), resource, RESOURCES));
  }
  return [...errors, ...divisorErrors(resource ?? "", divisor, field.child("divisor"))];
}

const isHugePages = (resource: string): boolean => /^(requests|limits)\.hugepages-/.test(resource);

function divisorErrors(resource: string, divisor: string | undefined, field: FieldPath): FieldError[] {
  if (divisor === undefined || quantitySign(divisor) === 0) return [];
  const text = divisorProblem(resource, divisor);
  return text === undefined ? [] : [invalid(field, resource, text)];
}

function divisorProblem(resource: string, divisor: string): string | undefined {
  if (resource.endsWith(".cpu")) {
    return divisor === "1m" || divisor === "1"
      ? undefined
      : "only divisor's values 1m and 1 are supported with the cpu resource";
  }
  if (BYTE_DIVISORS.includes(divisor)) return undefined;
  if (resource.endsWith(".memory")) return `${BYTE_DIVISORS_TEXT} memory resource`;
  if (resource.endsWith(".ephemeral-storage")) return `${BYTE_DIVISORS_TEXT} local ephemeral storage resource`;
  return isHugePages(resource) ? `${BYTE_DIVISORS_TEXT} hugepages resource` : undefined;
}
