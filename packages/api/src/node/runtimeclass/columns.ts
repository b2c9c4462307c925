import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1RuntimeClass } from "./runtimeclass.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printRuntimeClass */
export const columns: readonly Column<V1RuntimeClass>[] = [
  nameColumn,
  { name: "Handler", type: "string", value: ({ handler }) => handler },
  ageColumn,
];
