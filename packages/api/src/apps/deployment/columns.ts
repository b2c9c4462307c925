import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../replicaset/columns.ts";
import { selectorText } from "../replicaset/selector.ts";
import type { V1Deployment } from "./deployment.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printDeployment */
export const columns: readonly Column<V1Deployment>[] = [
  nameColumn,
  { name: "Ready", type: "string", value: ({ spec, status }) => `${status.readyReplicas ?? 0}/${spec.replicas ?? 0}` },
  { name: "Up-to-date", type: "string", value: ({ status }) => status.updatedReplicas ?? 0 },
  { name: "Available", type: "string", value: ({ status }) => status.availableReplicas ?? 0 },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => selectorText(spec.selector) },
];
