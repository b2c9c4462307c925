/** A list of requests about one object; each file of cases/ holds many as YAML documents. */
export interface ParityCase {
  readonly name: string;
  /** As in discovery, with group and version: "v1/pods", "apps/v1/deployments". */
  readonly resource: string;
  readonly steps: readonly ParityStep[];
  /** Go visits maps in any order: the causes are compared as a set. */
  readonly unordered?: boolean;
  /** Why the replay of strategy and validation alone does not apply. */
  readonly serverOnly?: string;
}

export type ParityStep =
  | { readonly create: Readonly<Record<string, unknown>>; readonly subresource?: string }
  | { readonly patch: Readonly<Record<string, unknown>>; readonly subresource?: string };

export interface RecordedStep {
  readonly code: number;
  readonly body: Readonly<Record<string, unknown>>;
  readonly warnings: readonly string[];
  /** The row of the object's Table. */
  readonly cells?: readonly unknown[];
  readonly rowConditions?: readonly unknown[];
}

export interface RecordedCase {
  readonly name: string;
  readonly steps: readonly RecordedStep[];
}

/** Where namespaced objects of all cases live. */
export const NAMESPACE = "parity";

const CLUSTER_SCOPED: ReadonlySet<string> = new Set([
  "v1/namespaces",
  "v1/nodes",
  "rbac.authorization.k8s.io/v1/clusterroles",
  "rbac.authorization.k8s.io/v1/clusterrolebindings",
  "scheduling.k8s.io/v1/priorityclasses",
  "node.k8s.io/v1/runtimeclasses",
  "resource.k8s.io/v1/deviceclasses",
  "resource.k8s.io/v1/devicetaintrules",
  "resource.k8s.io/v1/resourceslices",
  "admissionregistration.k8s.io/v1/validatingadmissionpolicies",
  "admissionregistration.k8s.io/v1/validatingadmissionpolicybindings",
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicies",
  "admissionregistration.k8s.io/v1/mutatingadmissionpolicybindings",
  "apiregistration.k8s.io/v1/apiservices",
  "apiextensions.k8s.io/v1/customresourcedefinitions",
  "networking.k8s.io/v1/ingressclasses",
  "networking.k8s.io/v1/ipaddresses",
  "networking.k8s.io/v1/servicecidrs",
  "v1/persistentvolumes",
  "storage.k8s.io/v1/storageclasses",
  "storage.k8s.io/v1/volumeattachments",
  "storage.k8s.io/v1/csinodes",
  "storage.k8s.io/v1/volumeattributesclasses",
  "certificates.k8s.io/v1/clustertrustbundles",
  "flowcontrol.apiserver.k8s.io/v1/flowschemas",
  "flowcontrol.apiserver.k8s.io/v1/prioritylevelconfigurations",
  "storagemigration.k8s.io/v1/storageversionmigrations",
  "storage.k8s.io/v1/csidrivers",
  "certificates.k8s.io/v1/certificatesigningrequests",
  "admissionregistration.k8s.io/v1/mutatingwebhookconfigurations",
  "admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
  "authentication.k8s.io/v1/tokenreviews",
  "authentication.k8s.io/v1/selfsubjectreviews",
  "authorization.k8s.io/v1/subjectaccessreviews",
  "authorization.k8s.io/v1/selfsubjectaccessreviews",
  "authorization.k8s.io/v1/selfsubjectrulesreviews",
]);

export function isNamespaced(resource: string): boolean {
  return !CLUSTER_SCOPED.has(resource);
}

export function resourcePath(resource: string): string {
  const slash = resource.lastIndexOf("/");
  const [groupVersion, plural] = [resource.slice(0, slash), resource.slice(slash + 1)];
  const root = groupVersion.includes("/") ? `/apis/${groupVersion}` : `/api/${groupVersion}`;
  return isNamespaced(resource) ? `${root}/namespaces/${NAMESPACE}/${plural}` : `${root}/${plural}`;
}
