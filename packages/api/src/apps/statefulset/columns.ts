import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../replicaset/columns.ts";
import type { V1StatefulSet } from "./statefulset.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printStatefulSet */
export const columns: readonly Column<V1StatefulSet>[] = [
  nameColumn,
  { name: "Ready", type: "string", value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
];
