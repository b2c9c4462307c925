import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PodDisruptionBudget } from "./poddisruptionbudget.gen.ts";

const shown = (value: number | string | undefined): string => (value === undefined ? "N/A" : String(value));

/** Upstream: pkg/printers/internalversion/printers.go#printPodDisruptionBudget */
export const columns: readonly Column<V1PodDisruptionBudget>[] = [
  nameColumn,
  { name: "Min Available", type: "string", value: ({ spec }) => shown(spec.minAvailable) },
  { name: "Max Unavailable", type: "string", value: ({ spec }) => shown(spec.maxUnavailable) },
  { name: "Allowed Disruptions", type: "integer", value: ({ status }) => status.disruptionsAllowed },
  ageColumn,
];
