import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1ServiceCIDR } from "./servicecidr.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printServiceCIDR */
export const columns: readonly Column<V1ServiceCIDR>[] = [
  nameColumn,
  { name: "CIDRs", type: "string", value: ({ spec }) => (spec.cidrs ?? []).join(",") },
  ageColumn,
];
