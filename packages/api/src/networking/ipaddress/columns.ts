import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1IPAddress } from "./ipaddress.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printIPAddress */
export const columns: readonly Column<V1IPAddress>[] = [
  nameColumn,
  { name: "ParentRef", type: "string", value: parentText },
  { ...ageColumn, unnamed: true },
];

/** "services/default/kubernetes", "gateways.gateway.networking.k8s.io/default/g" */
function parentText({ spec: { parentRef } }: V1IPAddress): string {
  if (!parentRef) return "<none>";
  const { group = "", resource = "", namespace = "", name = "" } = parentRef;
  const plural = (group === "" ? resource : `${resource}.${group}`).toLowerCase();
  return [plural, ...(namespace === "" ? [] : [namespace]), name].join("/");
}
