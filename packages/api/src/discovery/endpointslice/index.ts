import { defineKind, type Draft } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1EndpointSlice } from "./endpointslice.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./endpointslice.gen.ts";

/** Upstream: pkg/apis/discovery/v1/defaults.go#SetDefaults_EndpointPort */
function defaultEndpointSlice(slice: Draft<V1EndpointSlice>): void {
  for (const port of slice.ports ?? []) {
    port.name ??= "";
    port.protocol ??= "TCP";
  }
  for (const endpoint of slice.endpoints ?? []) endpoint.conditions ??= {};
}

export const EndpointSlice = defineKind<V1EndpointSlice>({
  group: "discovery.k8s.io",
  kind: "EndpointSlice",
  plural: "endpointslices",
  scope: "Namespaced",
  versions: { "discovery.k8s.io/v1": { schema: V1EndpointSlice, defaults: defaultEndpointSlice, storage: true } },
  strategy,
  columns,
});
