import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PodTemplateSpec } from "../../core/pod/pod.gen.ts";
import type { V1ReplicaSet } from "./replicaset.gen.ts";
import { selectorText } from "./selector.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printReplicaSet */
export const columns: readonly Column<V1ReplicaSet>[] = [
  nameColumn,
  { name: "Desired", type: "integer", value: ({ spec }) => spec.replicas ?? 0 },
  { name: "Current", type: "integer", value: ({ status }) => status.replicas },
  { name: "Ready", type: "integer", value: ({ status }) => status.readyReplicas ?? 0 },
  ageColumn,
  { name: "Containers", type: "string", priority: 1, value: ({ spec }) => containerNames(spec.template) },
  { name: "Images", type: "string", priority: 1, value: ({ spec }) => containerImages(spec.template) },
  { name: "Selector", type: "string", priority: 1, value: ({ spec }) => selectorText(spec.selector) || "<none>" },
];

export const containerNames = (template: V1PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ name }) => name).join(",");

export const containerImages = (template: V1PodTemplateSpec | undefined): string =>
  (template?.spec?.containers ?? []).map(({ image }) => image ?? "").join(",");
