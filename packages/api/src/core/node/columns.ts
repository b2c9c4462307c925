import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Node } from "./node.gen.ts";

const ROLE_PREFIX = "node-role.kubernetes.io/";
const ROLE_LABEL = "kubernetes.io/role";

/** Upstream: pkg/printers/internalversion/printers.go#printNode */
export const columns: readonly Column<V1Node>[] = [
  nameColumn,
  { name: "Status", type: "string", value: statusText },
  { name: "Roles", type: "string", value: rolesText },
  ageColumn,
  { name: "Version", type: "string", value: ({ status }) => status.nodeInfo?.kubeletVersion ?? "" },
  { name: "Internal-IP", type: "string", priority: 1, value: (node) => addressOf(node, "InternalIP") },
  { name: "External-IP", type: "string", priority: 1, value: (node) => addressOf(node, "ExternalIP") },
  { name: "OS-Image", type: "string", priority: 1, value: ({ status }) => status.nodeInfo?.osImage || "<unknown>" },
  { name: "Kernel-Version", type: "string", priority: 1, value: kernelText },
  {
    name: "Container-Runtime",
    type: "string",
    priority: 1,
    value: ({ status }) => status.nodeInfo?.containerRuntimeVersion || "<unknown>",
  },
];

function statusText({ spec, status }: V1Node): string {
  const ready = (status.conditions ?? []).findLast((condition) => condition.type === "Ready");
  const text = !ready ? "Unknown" : ready.status === "True" ? "Ready" : "NotReady";
  return spec.unschedulable ? `${text},SchedulingDisabled` : text;
}

function rolesText({ metadata }: V1Node): string {
  const roles = new Set<string>();
  for (const [key, value] of Object.entries(metadata.labels ?? {})) {
    if (key.startsWith(ROLE_PREFIX) && key !== ROLE_PREFIX) roles.add(key.slice(ROLE_PREFIX.length));
    else if (key === ROLE_LABEL && value !== "") roles.add(value);
  }
  return [...roles].sort().join(",") || "<none>";
}

const addressOf = ({ status }: V1Node, type: string): string =>
  (status.addresses ?? []).find((address) => address.type === type)?.address ?? "<none>";

function kernelText({ status }: V1Node): string {
  const { kernelVersion, architecture } = status.nodeInfo ?? {};
  return `${kernelVersion || "<unknown>"}${architecture ? ` (${architecture})` : ""}`;
}
