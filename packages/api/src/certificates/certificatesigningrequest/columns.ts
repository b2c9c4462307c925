import { ageColumn, humanDuration, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1CertificateSigningRequest } from "./certificatesigningrequest.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printCertificateSigningRequest */
export const columns: readonly Column<V1CertificateSigningRequest>[] = [
  nameColumn,
  ageColumn,
  { name: "SignerName", type: "string", value: ({ spec }) => spec.signerName || "<none>" },
  { name: "Requestor", type: "string", value: ({ spec }) => spec.username ?? "" },
  { name: "RequestedDuration", type: "string", value: durationText },
  { name: "Condition", type: "string", value: conditionText },
];

function durationText({ spec: { expirationSeconds } }: V1CertificateSigningRequest): string {
  return expirationSeconds === undefined ? "<none>" : humanDuration(expirationSeconds * 1000);
}

function conditionText({ status }: V1CertificateSigningRequest): string {
  const has = (type: string): boolean => (status.conditions ?? []).some((condition) => condition.type === type);
  const decision = has("Denied") ? "Denied" : has("Approved") ? "Approved" : "Pending";
  return `${decision}${has("Failed") ? ",Failed" : ""}${status.certificate ? ",Issued" : ""}`;
}
