import { defineKind, type Draft } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1Endpoints } from "./endpoints.gen.ts";
import { strategy } from "./strategy.ts";

export * from "./endpoints.gen.ts";
export { validateEndpointIp } from "./ip-validation.ts";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_Endpoints */
function defaultEndpoints(endpoints: Draft<V1Endpoints>): void {
  for (const subset of endpoints.subsets ?? []) for (const port of subset.ports ?? []) port.protocol ||= "TCP";
}

export const Endpoints = defineKind<V1Endpoints>({
  group: "",
  kind: "Endpoints",
  plural: "endpoints",
  shortNames: ["ep"],
  scope: "Namespaced",
  versions: {
    v1: {
      schema: V1Endpoints,
      defaults: defaultEndpoints,
      storage: true,
      deprecationWarning: "v1 Endpoints is deprecated in v1.33+; use discovery.k8s.io/v1 EndpointSlice",
    },
  },
  strategy,
  columns,
  storagePath: "services/endpoints",
});
