import { defineKind, selectFields } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { V1PodCertificateRequest } from "./podcertificaterequest.gen.ts";
import { statusStrategy, strategy } from "./strategy.ts";

export * from "./podcertificaterequest.gen.ts";

const DAY_SECONDS = 86_400;

export const PodCertificateRequest = defineKind<V1PodCertificateRequest>({
  group: "certificates.k8s.io",
  kind: "PodCertificateRequest",
  plural: "podcertificaterequests",
  scope: "Namespaced",
  versions: {
    "certificates.k8s.io/v1": {
      schema: V1PodCertificateRequest,
      defaults: ({ spec }) => void (spec.maxExpirationSeconds ??= DAY_SECONDS),
      storage: true,
    },
  },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  fields: {
    ...selectFields<V1PodCertificateRequest>({
      "spec.signerName": ({ spec }) => spec.signerName,
      "spec.podName": ({ spec }) => spec.podName,
      "spec.nodeName": ({ spec }) => spec.nodeName,
    }),
    withoutNamespace: true,
  },
});
