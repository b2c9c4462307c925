import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { ResourceV1ResourceClaim } from "./resourceclaim.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printResourceClaim */
export const columns: readonly Column<ResourceV1ResourceClaim>[] = [
  nameColumn,
  { name: "State", type: "string", value: stateOf },
  ageColumn,
];

function stateOf({ metadata, status }: ResourceV1ResourceClaim): string {
  const isDeleted = metadata.deletionTimestamp !== undefined;
  const states = isDeleted ? ["deleted"] : [];
  if (!status?.allocation) return isDeleted ? states.join() : "pending";
  const isReserved = (status.reservedFor ?? []).length > 0;
  return [...states, "allocated", ...(isReserved ? ["reserved"] : [])].join(",");
}
