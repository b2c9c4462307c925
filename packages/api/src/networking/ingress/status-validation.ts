import {
  invalid,
  isDns1123Subdomain,
  parseIp,
  path,
  validateLegacyIp,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Ingress } from "./ingress.gen.ts";

export const NOT_A_NAME = "must be a DNS name, not an IP address";

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateIngressStatusUpdate */
export function validateIngressStatusUpdate({ status }: V1Ingress, old: V1Ingress): FieldError[] {
  const field = path("status", "loadBalancer", "ingress");
  const before = (old.status.loadBalancer?.ingress ?? []).map(({ ip }) => ip ?? "").filter(Boolean);
  return (status.loadBalancer?.ingress ?? []).flatMap(({ ip, hostname }, i) => [
    ...(ip ? validateLegacyIp(ip, field.index(i).child("ip"), before) : []),
    ...(hostname ? hostnameErrors(hostname, field.index(i).child("hostname")) : []),
  ]);
}

const hostnameErrors = (hostname: string, field: FieldPath): FieldError[] => [
  ...isDns1123Subdomain(hostname).map((text) => invalid(field, hostname, text)),
  ...(parseIp(hostname) ? [invalid(field, hostname, NOT_A_NAME)] : []),
];
