import { defineKind } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../pod/defaults.ts";
import { columns } from "./columns.ts";
import { V1PodTemplate } from "./podtemplate.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./podtemplate.gen.ts";

export const PodTemplate = defineKind<V1PodTemplate>({
  group: "",
  kind: "PodTemplate",
  plural: "podtemplates",
  scope: "Namespaced",
  versions: {
    v1: {
      schema: V1PodTemplate,
      defaults: (podTemplate) => defaultPodTemplate((podTemplate.template ??= {})),
      storage: true,
    },
  },
  strategy,
  columns,
  returnsDeletedObject: true,
});
