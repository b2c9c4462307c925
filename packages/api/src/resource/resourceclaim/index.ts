import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultDeviceClaim } from "./defaults.ts";
import { ResourceV1ResourceClaim } from "./resourceclaim.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./resourceclaim.gen.ts";

export const ResourceClaim = defineKind<ResourceV1ResourceClaim>({
  group: "resource.k8s.io",
  kind: "ResourceClaim",
  plural: "resourceclaims",
  scope: "Namespaced",
  versions: {
    "resource.k8s.io/v1": {
      schema: ResourceV1ResourceClaim,
      defaults: ({ spec }) => defaultDeviceClaim(spec),
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});
