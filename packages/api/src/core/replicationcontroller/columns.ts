import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../../apps/replicaset/columns.ts";
import { labelsText } from "../../apps/replicaset/selector.ts";
import type { V1ReplicationController } from "./replicationcontroller.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printReplicationController */
export const columns: readonly Column<V1ReplicationController>[] = [
  nameColumn,
  { name: "Desired", type: "integer", value: ({ spec }) => spec.replicas ?? 0 },
  { name: "Current", type: "integer", value: ({ status }) => status.replicas },
  { name: "Ready", type: "integer", value: ({ status }) => status.readyReplicas ?? 0 },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => labelsText(spec.selector) },
];
