import { defineKind, selectFields } from "@dingi/apimachinery";
import { V1ClusterTrustBundle } from "./clustertrustbundle.gen.ts";
import { columns } from "./columns.ts";
import { strategy } from "./strategy.ts";

export * from "./clustertrustbundle.gen.ts";

export const ClusterTrustBundle = defineKind<V1ClusterTrustBundle>({
  group: "certificates.k8s.io",
  kind: "ClusterTrustBundle",
  plural: "clustertrustbundles",
  scope: "Cluster",
  versions: { "certificates.k8s.io/v1": { schema: V1ClusterTrustBundle, storage: true } },
  strategy,
  columns,
  fields: selectFields<V1ClusterTrustBundle>({ "spec.signerName": ({ spec }) => spec.signerName }),
});
