import { nameColumn, type Column } from "@dingi/apimachinery";
import type { V1ComponentCondition, V1ComponentStatus } from "./componentstatus.gen.ts";

const health = ({ conditions = [] }: V1ComponentStatus): V1ComponentCondition | undefined =>
  conditions.find(({ type }) => type === "Healthy");

/** Upstream: pkg/printers/internalversion/printers.go#printComponentStatus */
export const columns: readonly Column<V1ComponentStatus>[] = [
  nameColumn,
  { name: "Status", type: "string", value: statusText },
  { name: "Message", type: "string", value: (component) => health(component)?.message ?? "" },
  { name: "Error", type: "string", value: (component) => health(component)?.error ?? "" },
];

function statusText(component: V1ComponentStatus): string {
  const found = health(component);
  if (!found) return "Unknown";
  return found.status === "True" ? "Healthy" : "Unhealthy";
}
