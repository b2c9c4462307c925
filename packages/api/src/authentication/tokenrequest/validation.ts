import { invalid, isDns1123Subdomain, notSupported, path, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { AuthenticationV1TokenRequest, V1TokenRequestSpec } from "./tokenrequest.gen.ts";

export const DEFAULT_EXPIRATION_SECONDS = 3600;

const MIN_SECONDS = 600;
const MAX_SECONDS = 2 ** 32;
const SPEC = path("spec");
const API_GROUPS = "admissionReviewAPIGroups";
const WEBHOOK_KINDS = ["ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"];

/** Upstream: pkg/apis/authentication/validation/validation.go#ValidateTokenRequest */
export function validateTokenRequest({ spec }: AuthenticationV1TokenRequest): FieldError[] {
  const attestations = spec.attestations ?? {};
  if (!isBoundToWebhook(spec) && Object.keys(attestations).length > 0) {
    const text = "attestations may only be specified with a webhook bound object reference";
    return [invalid(SPEC.child("attestations"), attestations, text)];
  }
  const seconds = Number(spec.expirationSeconds ?? 0);
  const field = SPEC.child("expirationSeconds");
  return [
    ...(seconds < MIN_SECONDS ? [invalid(field, seconds, "may not specify a duration less than 10 minutes")] : []),
    ...(seconds > MAX_SECONDS ? [invalid(field, seconds, "may not specify a duration larger than 2^32 seconds")] : []),
    ...(isBoundToWebhook(spec) ? webhookErrors(spec) : []),
  ];
}

function isBoundToWebhook({ boundObjectRef }: V1TokenRequestSpec): boolean {
  const { kind = "", apiVersion } = boundObjectRef ?? {};
  return WEBHOOK_KINDS.includes(kind) && apiVersion === "admissionregistration.k8s.io/v1";
}

function webhookErrors({ audiences, attestations = {} }: V1TokenRequestSpec): FieldError[] {
  const field = SPEC.child("attestations");
  const keys = Object.keys(attestations);
  return [
    ...(audiences?.length === 1
      ? []
      : [invalid(SPEC.child("audiences"), audiences ?? [], "must be length 1 when bound to a webhook config")]),
    ...(keys.length === 1
      ? attestationErrors(keys[0]!, attestations[keys[0]!]!, field.key(keys[0]!))
      : [invalid(field, attestations, `webhook bound requests require exactly one ${API_GROUPS} attestation`)]),
  ];
}

function attestationErrors(key: string, values: readonly string[], field: FieldPath): FieldError[] {
  if (key !== API_GROUPS) return [notSupported(field, key, [API_GROUPS])];
  if (values.length !== 1) return [invalid(field, values, "must specify a single value")];
  const [group] = values as [string];
  if (group === "") return [invalid(field.index(0), group, "may not be an empty string")];
  if (group === "*") return [];
  return isDns1123Subdomain(group).map((text) =>
    invalid(field.index(0), group, `must specify a valid API Group: ${text}`),
  );
}
