import type { V1Node } from "@dingi/api";
import { semanticEqual } from "@dingi/apimachinery";
import { refuse, type NodeRequest } from "./node-request.ts";

/** Labels of Kubernetes that a kubelet may set on its own node. Upstream: kubelet/pkg/apis/well_known_labels.go */
const KUBELET_LABELS: ReadonlySet<string> = new Set([
  "kubernetes.io/hostname",
  "kubernetes.io/os",
  "kubernetes.io/arch",
  "beta.kubernetes.io/os",
  "beta.kubernetes.io/arch",
  "beta.kubernetes.io/instance-type",
  "node.kubernetes.io/instance-type",
  "failure-domain.beta.kubernetes.io/region",
  "failure-domain.beta.kubernetes.io/zone",
  "topology.kubernetes.io/region",
  "topology.kubernetes.io/zone",
]);
const KUBELET_NAMESPACES = ["kubelet.kubernetes.io", "node.kubernetes.io"];
const RESTRICTED_NAMESPACES = ["node-restriction.kubernetes.io"];
const KUBERNETES_NAMESPACES = ["kubernetes.io", "k8s.io"];

/** A node may say what it is, but not draw workloads to itself that are meant for others. */
export function checkNode(request: NodeRequest): void {
  const { node, attributes } = request;
  const { operation, name } = attributes;
  if (name !== node)
    throw refuse(attributes, `node ${JSON.stringify(node)} is not allowed to modify node ${JSON.stringify(name)}`);
  if (operation === "CREATE") checkNew(request, attributes.object as V1Node);
  else if (operation === "UPDATE") checkChange(request, attributes.object as V1Node, attributes.oldObject as V1Node);
}

function checkNew({ node, attributes }: NodeRequest, wanted: V1Node): void {
  if (wanted.spec.configSource) {
    const why = `node ${JSON.stringify(node)} is not allowed to create pods with a non-nil configSource`;
    throw refuse(attributes, why);
  }
  const forbidden = forbiddenLabels({}, wanted.metadata.labels ?? {});
  if (forbidden.length === 0) return;
  const why = `node ${JSON.stringify(node)} is not allowed to set the following labels: ${forbidden.join(", ")}`;
  throw refuse(attributes, why);
}

function checkChange({ node, attributes }: NodeRequest, wanted: V1Node, old: V1Node): void {
  const who = `node ${JSON.stringify(node)} is not allowed to`;
  const { configSource } = wanted.spec;
  if (configSource && !semanticEqual(configSource, old.spec.configSource))
    throw refuse(attributes, `${who} update configSource to a new non-nil configSource`);
  if (!semanticEqual(wanted.spec.taints ?? [], old.spec.taints ?? [])) throw refuse(attributes, `${who} modify taints`);
  if (!semanticEqual(wanted.metadata.ownerReferences ?? [], old.metadata.ownerReferences ?? []))
    throw refuse(attributes, `${who} modify ownerReferences`);
  const forbidden = forbiddenLabels(old.metadata.labels ?? {}, wanted.metadata.labels ?? {});
  if (forbidden.length > 0) throw refuse(attributes, `is not allowed to modify labels: ${forbidden.join(", ")}`);
}

/** Those that are set, removed or changed and may not be, sorted. */
function forbiddenLabels(
  before: Readonly<Record<string, string>>,
  after: Readonly<Record<string, string>>,
): readonly string[] {
  const changed = [...new Set([...Object.keys(before), ...Object.keys(after)])].filter(
    (key) => before[key] !== after[key],
  );
  return changed.filter(isForbidden).sort();
}

function isForbidden(key: string): boolean {
  const slash = key.indexOf("/");
  const namespace = slash < 0 ? "" : key.slice(0, slash);
  if (isIn(namespace, RESTRICTED_NAMESPACES)) return true;
  return isIn(namespace, KUBERNETES_NAMESPACES) && !KUBELET_LABELS.has(key) && !isIn(namespace, KUBELET_NAMESPACES);
}

function isIn(namespace: string, domains: readonly string[]): boolean {
  return domains.some((domain) => namespace === domain || namespace.endsWith(`.${domain}`));
}
