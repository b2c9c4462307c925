import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { selectorText } from "../../apps/replicaset/selector.ts";
import type { V1NetworkPolicy } from "./networkpolicy.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printNetworkPolicy */
export const columns: readonly Column<V1NetworkPolicy>[] = [
  nameColumn,
  { name: "Pod-Selector", type: "string", value: ({ spec }) => selectorText(spec.podSelector) || "<none>" },
  ageColumn,
];
