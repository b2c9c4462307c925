import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { containerImages, containerNames } from "../replicaset/columns.ts";
import { labelsText, selectorText } from "../replicaset/selector.ts";
import type { V1DaemonSet } from "./daemonset.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printDaemonSet */
export const columns: readonly Column<V1DaemonSet>[] = [
  nameColumn,
  { name: "Desired", type: "integer", value: ({ status }) => status.desiredNumberScheduled },
  { name: "Current", type: "integer", value: ({ status }) => status.currentNumberScheduled },
  { name: "Ready", type: "integer", value: ({ status }) => status.numberReady },
  { name: "Up-to-date", type: "integer", value: ({ status }) => status.updatedNumberScheduled ?? 0 },
  { name: "Available", type: "integer", value: ({ status }) => status.numberAvailable ?? 0 },
  { name: "Node Selector", type: "string", value: ({ spec }) => labelsText(spec.template.spec?.nodeSelector) },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => selectorText(spec.selector) || "<none>" },
];
