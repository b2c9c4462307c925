import { type V1ObjectFieldSelector, type V1Pod, type V1ResourceFieldSelector } from "@dingi/api";
import { quantityMilliValue, quantityValue } from "@dingi/apimachinery";

/** A value of the downward API cannot be had. */
export class FieldReferenceError extends Error {
  override name = "FieldReferenceError";
}

/** What only the node knows when a pod's fields are read. */
export interface PodAddresses {
  readonly podIps: readonly string[];
  readonly hostIps: readonly string[];
  readonly allocatableCpuMilli: number;
  readonly allocatableMemoryBytes: number;
}

/** `metadata.labels['x']` and the like. Upstream: pkg/fieldpath/fieldpath.go */
export function fieldValue(pod: V1Pod, selector: V1ObjectFieldSelector, addresses: PodAddresses): string {
  const { fieldPath } = selector;
  const keyed = /^metadata\.(annotations|labels)\['(.*)'\]$/.exec(fieldPath);
  if (keyed) return pod.metadata[keyed[1] as "annotations" | "labels"]?.[keyed[2]!] ?? "";
  const read = FIELDS[fieldPath];
  if (!read) throw new FieldReferenceError(`unsupported fieldPath: ${fieldPath}`);
  return read(pod, addresses);
}

const FIELDS: Readonly<Record<string, (pod: V1Pod, addresses: PodAddresses) => string>> = {
  "metadata.name": (pod) => pod.metadata.name ?? "",
  "metadata.namespace": (pod) => pod.metadata.namespace ?? "",
  "metadata.uid": (pod) => pod.metadata.uid ?? "",
  "metadata.labels": (pod) => formatMap(pod.metadata.labels ?? {}),
  "metadata.annotations": (pod) => formatMap(pod.metadata.annotations ?? {}),
  "spec.nodeName": (pod) => pod.spec.nodeName ?? "",
  "spec.serviceAccountName": (pod) => pod.spec.serviceAccountName ?? "",
  "status.hostIP": (_pod, { hostIps }) => hostIps[0] ?? "",
  "status.hostIPs": (_pod, { hostIps }) => hostIps.join(","),
  "status.podIP": (_pod, { podIps }) => podIps[0] ?? "",
  "status.podIPs": (_pod, { podIps }) => podIps.join(","),
};

function formatMap(map: Readonly<Record<string, string>>): string {
  return Object.keys(map)
    .sort()
    .map((key) => `${key}=${JSON.stringify(map[key])}`)
    .join("\n");
}

/** A container's requests or limits in units of the divisor; a missing limit is what the node can give. */
export function resourceValue(
  pod: V1Pod,
  selector: V1ResourceFieldSelector,
  ownContainer: string | undefined,
  node: PodAddresses,
): string {
  const name = selector.containerName || ownContainer;
  const container = [...(pod.spec.containers ?? []), ...(pod.spec.initContainers ?? [])].find(
    (candidate) => candidate.name === name,
  );
  if (!container) throw new FieldReferenceError(`container ${name ?? ""} not found`);
  const [kind, ...rest] = selector.resource.split(".");
  const resource = rest.join(".");
  const list = kind === "limits" ? container.resources?.limits : container.resources?.requests;
  const divisor = selector.divisor && selector.divisor !== "0" ? selector.divisor : "1";
  const cpu = resource === "cpu";
  const fallback =
    kind === "limits"
      ? cpu
        ? `${node.allocatableCpuMilli}m`
        : resource === "memory"
          ? String(node.allocatableMemoryBytes)
          : "0"
      : "0";
  const quantity = list?.[resource] ?? fallback;
  if (cpu) return String(Math.ceil(Number(quantityMilliValue(quantity)) / Number(quantityMilliValue(divisor))));
  return String(Math.ceil(Number(quantityValue(quantity)) / Number(quantityValue(divisor))));
}
