import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PriorityClass } from "./priorityclass.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printPriorityClass */
export const columns: readonly Column<V1PriorityClass>[] = [
  nameColumn,
  { name: "Value", type: "integer", value: ({ value }) => value },
  { name: "Global-Default", type: "boolean", value: ({ globalDefault }) => globalDefault ?? false },
  ageColumn,
  { name: "PreemptionPolicy", type: "string", value: ({ preemptionPolicy }) => preemptionPolicy ?? "" },
];
