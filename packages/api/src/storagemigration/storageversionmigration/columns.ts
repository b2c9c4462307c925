import type { Column } from "@dingi/apimachinery";
import type { V1StorageVersionMigration } from "./storageversionmigration.gen.ts";

const STATES = ["Running", "Failed", "Succeeded"];

/** Upstream: pkg/printers/internalversion/printers.go#printStorageVersionMigration */
export const columns: readonly Column<V1StorageVersionMigration>[] = [
  { name: "Name", type: "string", value: ({ metadata }) => metadata.name ?? "" },
  { name: "Resource", type: "string", value: resourceText },
  { name: "Status", type: "string", value: stateText },
];

function resourceText({ spec }: V1StorageVersionMigration): string {
  const { group = "", resource = "" } = spec.resource ?? {};
  return group === "" ? resource : `${resource}.${group}`;
}

/** The last that is told of. */
function stateText({ status }: V1StorageVersionMigration): string {
  const state = (status.conditions ?? []).findLast(
    (condition) => condition.status === "True" && STATES.includes(condition.type),
  );
  return state?.type ?? "Unknown";
}
