import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1FlowSchema } from "./flowschema.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printFlowSchema */
export const columns: readonly Column<V1FlowSchema>[] = [
  nameColumn,
  { name: "PriorityLevel", type: "string", value: ({ spec }) => spec.priorityLevelConfiguration?.name ?? "" },
  { name: "MatchingPrecedence", type: "string", value: ({ spec }) => spec.matchingPrecedence },
  { name: "DistinguisherMethod", type: "string", value: ({ spec }) => spec.distinguisherMethod?.type ?? "<none>" },
  ageColumn,
  { name: "MissingPL", type: "string", value: danglingText },
];

function danglingText({ status }: V1FlowSchema): string {
  const dangling = (status.conditions ?? []).find(({ type }) => type === "Dangling");
  return dangling ? (dangling.status ?? "") : "?";
}

/** As they are tried. Upstream: …#printFlowSchemaList */
export function byPrecedence(one: V1FlowSchema, other: V1FlowSchema): number {
  const difference = one.spec.matchingPrecedence - other.spec.matchingPrecedence;
  if (difference !== 0) return difference;
  return (one.metadata.name ?? "") < (other.metadata.name ?? "") ? -1 : 1;
}
