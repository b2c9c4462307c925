import { defineKind } from "@dingi/apimachinery";
import { V1APIService } from "./apiservice.gen.ts";
import { columns } from "./columns.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./apiservice.gen.ts";

const HTTPS_PORT = 443;

export const APIService = defineKind<V1APIService>({
  group: "apiregistration.k8s.io",
  kind: "APIService",
  plural: "apiservices",
  categories: ["api-extensions"],
  scope: "Cluster",
  versions: {
    "apiregistration.k8s.io/v1": {
      schema: V1APIService,
      /** Upstream: kube-aggregator/pkg/apis/apiregistration/v1/defaults.go */
      defaults({ spec }) {
        if (spec.service) spec.service.port ??= HTTPS_PORT;
      },
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
});
