import { createdAtColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1CustomResourceDefinition } from "./customresourcedefinition.gen.ts";

/** Upstream: apiextensions-apiserver/pkg/registry/customresourcedefinition/etcd.go */
export const columns: readonly Column<V1CustomResourceDefinition>[] = [
  nameColumn,
  { name: "Scope", type: "string", value: ({ spec }) => spec.scope },
  { name: "Versions", type: "string", value: versionsText },
  createdAtColumn,
  { name: "Group", type: "string", priority: 1, value: ({ spec }) => spec.group },
  { name: "Kind", type: "string", priority: 1, value: ({ spec }) => spec.names.kind },
  { name: "ShortNames", type: "string", priority: 1, value: ({ spec }) => (spec.names.shortNames ?? []).join(",") },
  { name: "Established", type: "boolean", priority: 1, value: isEstablished },
];

function versionsText({ spec }: V1CustomResourceDefinition): string {
  return (spec.versions ?? []).map(({ name, storage }) => (storage ? `${name}(storage)` : name)).join(",");
}

export function isEstablished({ status }: V1CustomResourceDefinition): boolean {
  return (status?.conditions ?? []).some(({ type, status: value }) => type === "Established" && value === "True");
}
