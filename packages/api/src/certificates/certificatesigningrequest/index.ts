import { defineKind, selectFields } from "@dingi/apimachinery";
import { V1CertificateSigningRequest } from "./certificatesigningrequest.gen.ts";
import { columns } from "./columns.ts";
import { approvalStrategy, statusStrategy, strategy } from "./strategy.ts";

export * from "./certificatesigningrequest.gen.ts";

export const CertificateSigningRequest = defineKind<V1CertificateSigningRequest>({
  group: "certificates.k8s.io",
  kind: "CertificateSigningRequest",
  plural: "certificatesigningrequests",
  shortNames: ["csr"],
  scope: "Cluster",
  versions: {
    "certificates.k8s.io/v1": {
      schema: V1CertificateSigningRequest,
      defaults: (request) => void (request.status ??= {}),
      storage: true,
    },
  },
  strategy,
  subresources: {
    approval: { type: "update", strategy: approvalStrategy },
    status: { type: "update", strategy: statusStrategy },
  },
  columns,
  fields: selectFields<V1CertificateSigningRequest>({ "spec.signerName": ({ spec }) => spec.signerName }),
});
