import { X509Certificate } from "node:crypto";
import { invalid, type FieldError, type FieldPath } from "@dingi/apimachinery";

const PEM = /-----BEGIN CERTIFICATE-----[^-]+-----END CERTIFICATE-----/g;

/** Whether there are certificates in a bundle, which is base64 of PEM. Upstream: apiserver/pkg/util/webhook/validation.go#ValidateCABundle */
export function validateCaBundle(bundle: string, field: FieldPath): FieldError[] {
  if (bundle === "") return [];
  const blocks = Buffer.from(bundle, "base64").toString("latin1").match(PEM) ?? [];
  if (blocks.some(isCertificate)) return [];
  const text = "unable to load root certificates: unable to parse bytes as PEM block";
  return [invalid(field, bundle, text)];
}

function isCertificate(pem: string): boolean {
  try {
    return new X509Certificate(pem).raw.length > 0;
  } catch {
    return false;
  }
}
