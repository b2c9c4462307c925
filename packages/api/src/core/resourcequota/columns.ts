import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1ResourceQuota } from "./resourcequota.gen.ts";

const isLimit = (name: string): boolean => name.startsWith("limits.");

/** Upstream: pkg/printers/internalversion/printers.go#printResourceQuota */
export const columns: readonly Column<V1ResourceQuota>[] = [
  nameColumn,
  { name: "Request", type: "string", value: (quota) => usage(quota, (name) => !isLimit(name)) },
  { name: "Limit", type: "string", value: (quota) => usage(quota, isLimit) },
  ageColumn,
];

function usage({ status: { hard = {}, used = {} } }: V1ResourceQuota, isShown: (name: string) => boolean): string {
  const names = Object.keys(hard).filter(isShown).sort();
  return names.map((name) => `${name}: ${used[name] ?? "0"}/${hard[name]}`).join(", ");
}
