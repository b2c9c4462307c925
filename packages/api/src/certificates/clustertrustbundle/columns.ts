import { nameColumn, type Column } from "@dingi/apimachinery";
import type { V1ClusterTrustBundle } from "./clustertrustbundle.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printClusterTrustBundle */
export const columns: readonly Column<V1ClusterTrustBundle>[] = [
  nameColumn,
  { name: "SignerName", type: "string", value: ({ spec }) => spec.signerName || "<none>" },
];
