import { selectFields } from "@dingi/apimachinery";
import type { V1Pod } from "./pod.gen.ts";

/** Upstream: pkg/registry/core/pod/strategy.go#ToSelectableFields, pkg/apis/core/v1/conversion.go */
export const fields = selectFields<V1Pod>({
  "spec.nodeName": ({ spec }) => spec.nodeName,
  "spec.host": ({ spec }) => spec.nodeName,
  "spec.restartPolicy": ({ spec }) => spec.restartPolicy,
  "spec.schedulerName": ({ spec }) => spec.schedulerName,
  "spec.serviceAccountName": ({ spec }) => spec.serviceAccountName,
  "spec.hostNetwork": ({ spec }) => String(spec.hostNetwork ?? false),
  "status.phase": ({ status }) => status.phase,
  "status.podIP": ({ status }) => status.podIPs?.[0]?.ip,
  "status.podIPs": () => "",
  "status.nominatedNodeName": ({ status }) => status.nominatedNodeName,
});
