import { defineKind } from "@dingi/apimachinery";
import { columns, rowConditions } from "./columns.ts";
import { defaultPod } from "./defaults.ts";
import { fields } from "./fields.ts";
import { V1Pod } from "./pod.gen.ts";
import { strategy } from "./strategy.ts";
import { subresources } from "./subresources.ts";

export { defaultPod, defaultPodTemplate } from "./defaults.ts";
export * from "./claims.ts";
export * from "./image-reference.ts";
export * from "./mirror.ts";
export * from "./pod.gen.ts";
export * from "./qos.ts";
export * from "./references.ts";
export * from "./resource-names.ts";
export * from "./resources.ts";
export * from "./restart-policy.ts";
export * from "./status.ts";
export * from "./summary.ts";
export { validatePod } from "./validation.ts";

export const Pod = defineKind<V1Pod>({
  group: "",
  kind: "Pod",
  plural: "pods",
  shortNames: ["po"],
  categories: ["all"],
  scope: "Namespaced",
  versions: { v1: { schema: V1Pod, defaults: defaultPod, storage: true } },
  strategy,
  subresources,
  columns,
  rowConditions,
  fields,
  returnsDeletedObject: true,
});
