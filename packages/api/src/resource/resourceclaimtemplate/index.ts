import { ageColumn, defineKind, nameColumn } from "@dingi/apimachinery";
import { defaultDeviceClaim } from "../resourceclaim/defaults.ts";
import { V1ResourceClaimTemplate } from "./resourceclaimtemplate.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./resourceclaimtemplate.gen.ts";

export const ResourceClaimTemplate = defineKind<V1ResourceClaimTemplate>({
  group: "resource.k8s.io",
  kind: "ResourceClaimTemplate",
  plural: "resourceclaimtemplates",
  scope: "Namespaced",
  versions: {
    "resource.k8s.io/v1": {
      schema: V1ResourceClaimTemplate,
      defaults: ({ spec }) => defaultDeviceClaim(spec.spec),
      storage: true,
    },
  },
  strategy,
  columns: [nameColumn, ageColumn],
  returnsDeletedObject: true,
});
