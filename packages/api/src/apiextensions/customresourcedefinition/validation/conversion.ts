import {
  forbidden,
  invalid,
  isDns1035Label,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { clientConfigErrors } from "../../../admissionregistration/webhook/client-config.ts";
import type { V1CustomResourceDefinitionSpec } from "../customresourcedefinition.gen.ts";

const STRATEGIES = ["None", "Webhook"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
type Conversion = NonNullable<V1CustomResourceDefinitionSpec["conversion"]>;

const NOT_WEBHOOK = "should not be set when strategy is not set to Webhook";

/** The paths are those of upstream's internal type. Upstream: apiextensions-apiserver/pkg/apis/apiextensions/validation/validation.go#validateCustomResourceConversion */
export function conversionErrors(
  { conversion, preserveUnknownFields }: V1CustomResourceDefinitionSpec,
  field: FieldPath,
): FieldError[] {
  if (!conversion) return [];
  const { strategy = "", webhook } = conversion;
  const [configAt, versionsAt] = [field.child("webhookClientConfig"), field.child("conversionReviewVersions")];
  const versions = webhook?.conversionReviewVersions ?? [];
  const preserved = preserveUnknownFields && strategy !== "None";
  const errors = [
    ...(preserved
      ? [invalid(field.child("strategy"), strategy, "must be None if spec.preserveUnknownFields is true")]
      : []),
    ...strategyErrors(strategy, field.child("strategy")),
  ];
  if (strategy !== "Webhook") return [...errors, ...unusedErrors(conversion, field)];
  const missing = required(configAt, "required when strategy is set to Webhook");
  return [
    ...errors,
    ...(webhook?.clientConfig ? clientConfigErrors(webhook.clientConfig, configAt) : [missing]),
    ...reviewVersionErrors(versions, versionsAt),
  ];
}

function unusedErrors({ webhook }: Conversion, field: FieldPath): FieldError[] {
  const versions = webhook?.conversionReviewVersions ?? [];
  return [
    ...(webhook?.clientConfig ? [forbidden(field.child("webhookClientConfig"), NOT_WEBHOOK)] : []),
    ...(versions.length > 0 ? [forbidden(field.child("conversionReviewVersions"), NOT_WEBHOOK)] : []),
  ];
}

function strategyErrors(strategy: string, field: FieldPath): FieldError[] {
  if (strategy === "") return [required(field)];
  return STRATEGIES.includes(strategy) ? [] : [notSupported(field, strategy, STRATEGIES)];
}

/** Upstream: …#validateConversionReviewVersions */
function reviewVersionErrors(versions: readonly string[], field: FieldPath): FieldError[] {
  if (versions.length === 0) return [required(field)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    if (seen.has(version)) return [invalid(field.index(i), version, "duplicate version")];
    seen.add(version);
    return isDns1035Label(version).map((text) => invalid(field.index(i), version, text));
  });
  if (REVIEW_VERSIONS.some((version) => seen.has(version))) return errors;
  return [...errors, invalid(field, versions, `must include at least one of ${REVIEW_VERSIONS.join(", ")}`)];
}
