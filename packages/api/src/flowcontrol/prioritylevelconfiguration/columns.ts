import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PriorityLevelConfiguration, V1QueuingConfiguration } from "./prioritylevelconfiguration.gen.ts";

const NONE = "<none>";

const ofQueues = (name: string, field: keyof V1QueuingConfiguration): Column<V1PriorityLevelConfiguration> => ({
  name,
  type: "string",
  value: ({ spec }) => spec.limited?.limitResponse?.queuing?.[field] ?? NONE,
});

/** Upstream: pkg/printers/internalversion/printers.go#printPriorityLevelConfiguration */
export const columns: readonly Column<V1PriorityLevelConfiguration>[] = [
  nameColumn,
  { name: "Type", type: "string", value: ({ spec }) => spec.type ?? "" },
  {
    name: "NominalConcurrencyShares",
    type: "string",
    value: ({ spec }) => spec.limited?.nominalConcurrencyShares ?? NONE,
  },
  ofQueues("Queues", "queues"),
  ofQueues("HandSize", "handSize"),
  ofQueues("QueueLengthLimit", "queueLengthLimit"),
  ageColumn,
];
