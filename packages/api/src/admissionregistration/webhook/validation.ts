import {
  duplicate,
  findErrors,
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  notSupported,
  path,
  required,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { clientConfigErrors } from "./client-config.ts";
import { matchConditionErrors, sameMatchConditions } from "./match-conditions.ts";
import { reservedNameErrors } from "./reserved-name.ts";
import { ruleErrors } from "./rules.ts";
import type { Webhook, WebhookConfiguration } from "./webhook.ts";

const FAILURE_POLICIES = ["Fail", "Ignore"];
const MATCH_POLICIES = ["Equivalent", "Exact"];
const REINVOCATION_POLICIES = ["IfNeeded", "Never"];
const SIDE_EFFECTS = ["None", "NoneOnDryRun", "Some", "Unknown"];
const NO_SIDE_EFFECTS = ["None", "NoneOnDryRun"];
const REVIEW_VERSIONS = ["v1", "v1beta1"];
const MAX_TIMEOUT_SECONDS = 30;

/** What was wrong in the old object may be wrong in the new one. */
interface Leniency {
  readonly matchConditions: boolean;
  readonly sideEffects: boolean;
  readonly reviewVersions: boolean;
  readonly names: boolean;
  readonly labelValues: boolean;
  /** Expressions of conditions. */
  readonly expressions: ReadonlySet<string>;
}

const STRICT: Leniency = {
  matchConditions: false,
  sideEffects: false,
  reviewVersions: false,
  names: false,
  labelValues: false,
  expressions: new Set(),
};

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#ValidateValidatingWebhookConfiguration */
export function validateWebhooks(configuration: WebhookConfiguration): FieldError[] {
  return [...listErrors(configuration.webhooks ?? [], STRICT), ...reservedNameErrors(configuration)];
}

export function validateWebhooksUpdate(
  { webhooks = [] }: WebhookConfiguration,
  { webhooks: old = [] }: WebhookConfiguration,
): FieldError[] {
  return listErrors(webhooks, {
    matchConditions: sameMatchConditions(webhooks, old),
    sideEffects: old.some(({ sideEffects }) => !NO_SIDE_EFFECTS.includes(sideEffects ?? "")),
    reviewVersions: old.some(
      ({ admissionReviewVersions: versions }) => versions?.length > 0 && !versions.some(isReviewVersion),
    ),
    names: new Set(old.map(({ name }) => name)).size < old.length,
    expressions: new Set(
      old.flatMap(({ matchConditions = [] }) => matchConditions.map(({ expression }) => expression)),
    ),
    labelValues: old.some((webhook) => findErrors(() => selectorErrors(webhook, false, path(""))).length > 0),
  });
}

const isReviewVersion = (version: string): boolean => REVIEW_VERSIONS.includes(version);

function listErrors(webhooks: readonly Webhook[], lenient: Leniency): FieldError[] {
  const names = new Set<string>();
  return webhooks.flatMap((webhook, i) => {
    const field = path("webhooks").index(i);
    const { name = "" } = webhook;
    const isTwice = names.has(name);
    if (name !== "") names.add(name);
    return [
      ...webhookErrors(webhook, lenient, field),
      ...versionErrors(
        webhook.admissionReviewVersions ?? [],
        lenient.reviewVersions,
        field.child("admissionReviewVersions"),
      ),
      ...(isTwice && !lenient.names ? [duplicate(field.child("name"), name)] : []),
    ];
  });
}

/** Upstream: …#validateMutatingWebhook */
function webhookErrors(webhook: Webhook, lenient: Leniency, field: FieldPath): FieldError[] {
  const { rules = [], timeoutSeconds: timeout } = webhook;
  const oneOf = (name: "failurePolicy" | "matchPolicy" | "reinvocationPolicy", values: readonly string[]) =>
    webhook[name] === undefined || values.includes(webhook[name])
      ? []
      : [notSupported(field.child(name), webhook[name], values)];
  return [
    ...nameErrors(webhook.name ?? "", field.child("name")),
    ...rules.flatMap((rule, i) => ruleErrors(rule, field.child("rules").index(i))),
    ...oneOf("failurePolicy", FAILURE_POLICIES),
    ...oneOf("matchPolicy", MATCH_POLICIES),
    ...sideEffectErrors(webhook.sideEffects, lenient.sideEffects, field.child("sideEffects")),
    ...(timeout !== undefined && (timeout < 1 || timeout > MAX_TIMEOUT_SECONDS)
      ? [invalid(field.child("timeoutSeconds"), timeout, "the timeout value must be between 1 and 30 seconds")]
      : []),
    ...selectorErrors(webhook, lenient.labelValues, field),
    ...oneOf("reinvocationPolicy", REINVOCATION_POLICIES),
    ...clientConfigErrors(webhook.clientConfig ?? {}, field.child("clientConfig")),
    ...(lenient.matchConditions ? [] : conditionErrors(webhook, lenient, field.child("matchConditions"))),
  ];
}

function conditionErrors({ matchConditions = [] }: Webhook, { expressions }: Leniency, field: FieldPath): FieldError[] {
  return matchConditionErrors(matchConditions, { params: false, stored: expressions }, field);
}

/** Upstream: apimachinery/pkg/util/validation/validation.go#IsFullyQualifiedName */
function nameErrors(name: string, field: FieldPath): FieldError[] {
  if (name === "") return [required(field)];
  const problems = isDns1123Subdomain(name);
  if (problems.length > 0) return [invalid(field, name, problems.join(","))];
  if (name.split(".", 3).length === 3) return [];
  return [invalid(field, name, "should be a domain with at least three segments separated by dots")];
}

/** A required field that is absent is null once it is canonical. */
function sideEffectErrors(sideEffects: string | null | undefined, lenient: boolean, field: FieldPath): FieldError[] {
  const allowed = lenient ? SIDE_EFFECTS : NO_SIDE_EFFECTS;
  if (sideEffects === undefined || sideEffects === null)
    return [required(field, `must specify one of ${allowed.join(", ")}`)];
  return allowed.includes(sideEffects) ? [] : [notSupported(field, sideEffects, allowed)];
}

function selectorErrors(webhook: Webhook, allowInvalidValues: boolean, field: FieldPath): FieldError[] {
  return (["namespaceSelector", "objectSelector"] as const).flatMap((name) =>
    validateLabelSelector(webhook[name], field.child(name), { allowInvalidValues }),
  );
}

/** Upstream: …#validateAdmissionReviewVersions */
function versionErrors(versions: readonly string[], lenient: boolean, field: FieldPath): FieldError[] {
  const known = REVIEW_VERSIONS.join(", ");
  if (versions.length === 0) return [required(field, `must specify one of ${known}`)];
  const seen = new Set<string>();
  const errors = versions.flatMap((version, i) => {
    if (seen.size === seen.add(version).size) return [invalid(field.index(i), version, "duplicate version")];
    return isDns1035Label(version).map((text) => invalid(field.index(i), version, text));
  });
  if (lenient || versions.some(isReviewVersion)) return errors;
  return [...errors, invalid(field, versions, `must include at least one of ${known}`)];
}
