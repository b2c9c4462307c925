import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Namespace } from "./namespace.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printNamespace */
export const columns: readonly Column<V1Namespace>[] = [
  nameColumn,
  { name: "Status", type: "string", value: (namespace) => namespace.status.phase ?? "" },
  ageColumn,
];
