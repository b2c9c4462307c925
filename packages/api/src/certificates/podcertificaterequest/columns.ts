import { nameColumn, type Column } from "@dingi/apimachinery";
import type { V1PodCertificateRequest } from "./podcertificaterequest.gen.ts";
import { OUTCOMES } from "./validation.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printPodCertificateRequest */
export const columns: readonly Column<V1PodCertificateRequest>[] = [
  nameColumn,
  { name: "PodName", type: "string", value: ({ spec }) => spec.podName ?? "" },
  { name: "ServiceAccountName", type: "string", value: ({ spec }) => spec.serviceAccountName ?? "" },
  { name: "NodeName", type: "string", value: ({ spec }) => spec.nodeName ?? "" },
  { name: "SignerName", type: "string", value: ({ spec }) => spec.signerName ?? "" },
  { name: "State", type: "string", value: stateText },
  { name: "UnverifiedUserAnnotations", type: "string", value: annotationText },
];

function stateText({ status }: V1PodCertificateRequest): string {
  return (status.conditions ?? []).findLast(({ type }) => OUTCOMES.includes(type))?.type ?? "Pending";
}

function annotationText({ spec: { unverifiedUserAnnotations = {} } }: V1PodCertificateRequest): string {
  const pairs = Object.entries(unverifiedUserAnnotations).map(([key, value]) => `${key}=${value}`);
  return pairs.sort().join(",") || "<none>";
}
