import { defineKind, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1ResourceSlice } from "./resourceslice.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./resourceslice.gen.ts";

export const ResourceSlice = defineKind<V1ResourceSlice>({
  group: "resource.k8s.io",
  kind: "ResourceSlice",
  plural: "resourceslices",
  scope: "Cluster",
  versions: { "resource.k8s.io/v1": { schema: V1ResourceSlice, storage: true } },
  strategy,
  columns,
  returnsDeletedObject: true,
  fields: {
    ...selectFields<V1ResourceSlice>({
      "spec.nodeName": ({ spec }) => spec.nodeName ?? "",
      "spec.driver": ({ spec }) => spec.driver,
      "spec.pool.name": ({ spec }) => spec.pool?.name ?? "",
    }),
    unknown: (name) => `field label not supported for resource.k8s.io/v1, Kind=ResourceSlice: ${name}`,
  },
});
