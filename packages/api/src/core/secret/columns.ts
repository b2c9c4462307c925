import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Secret } from "./secret.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printSecret */
export const columns: readonly Column<V1Secret>[] = [
  nameColumn,
  { name: "Type", type: "string", value: (secret) => secret.type ?? "" },
  { name: "Data", type: "string", value: (secret) => Object.keys(secret.data ?? {}).length },
  ageColumn,
];
