import {
  duplicate,
  formatDuration,
  invalid,
  isDns1123Subdomain,
  notSupported,
  parseDuration,
  required,
  tooMany,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { isAbsolute } from "node:path";
import { MatchCondition } from "../webhook/match-condition.ts";
import type { WebhookConfiguration } from "./authorization-configuration.ts";

const MAX_CONDITIONS = 64;
const MAX_TIMEOUT_MS = 30_000;

/** What is the matter with a file that is named; undefined where nothing is. */
export type CheckFile = (path: string) => string | undefined;

/** Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#ValidateWebhookConfiguration */
export function validateWebhook(webhook: WebhookConfiguration, at: FieldPath, checkFile: CheckFile): FieldError[] {
  const { authorizedTTL, unauthorizedTTL, subjectAccessReviewVersion = "", failurePolicy = "" } = webhook;
  return [
    ...timeoutErrors(webhook.timeout, at.child("timeout")),
    ...ttlErrors(authorizedTTL, at.child("authorizedTTL")),
    ...ttlErrors(unauthorizedTTL, at.child("unauthorizedTTL")),
    ...choiceErrors(subjectAccessReviewVersion, ["v1", "v1beta1"], at.child("subjectAccessReviewVersion")),
    ...conditionVersionErrors(webhook, at.child("matchConditionSubjectAccessReviewVersion")),
    ...choiceErrors(failurePolicy, ["NoOpinion", "Deny"], at.child("failurePolicy")),
    ...connectionErrors(webhook, at.child("connectionInfo"), checkFile),
    ...compileConditions(webhook, at.child("matchConditions")).errors,
  ];
}

const msOf = (duration = "0s"): number => parseDuration(duration);

function timeoutErrors(timeout: string | undefined, at: FieldPath): FieldError[] {
  const ms = msOf(timeout);
  if (ms === 0) return [required(at)];
  return ms > MAX_TIMEOUT_MS || ms < 0 ? [invalid(at, formatDuration(ms), "must be > 0s and <= 30s")] : [];
}

function ttlErrors(ttl: string | undefined, at: FieldPath): FieldError[] {
  const ms = msOf(ttl);
  if (ms === 0) return [required(at)];
  return ms < 0 ? [invalid(at, formatDuration(ms), "must be > 0s")] : [];
}

function choiceErrors(value: string, choices: readonly string[], at: FieldPath): FieldError[] {
  if (value === "") return [required(at)];
  return choices.includes(value) ? [] : [notSupported(at, value, choices)];
}

function conditionVersionErrors(
  { matchConditionSubjectAccessReviewVersion: version = "", matchConditions = [] }: WebhookConfiguration,
  at: FieldPath,
): FieldError[] {
  if (version === "")
    return matchConditions.length > 0 ? [required(at, "required if match conditions are specified")] : [];
  return version === "v1" ? [] : [notSupported(at, version, ["v1"])];
}

function connectionErrors(
  { connectionInfo = {} }: WebhookConfiguration,
  at: FieldPath,
  checkFile: CheckFile,
): FieldError[] {
  const { type = "", kubeConfigFile: file } = connectionInfo;
  const where = at.child("kubeConfigFile");
  if (type === "") return [required(at.child("type"))];
  if (type === "InClusterConfig")
    return file === undefined ? [] : [invalid(where, file, "can only be set when type=KubeConfigFile")];
  if (type === "KubeConfigFile") return fileErrors(file ?? "", where, checkFile);
  // Go prints the whole of it.
  const printed = { Type: type, KubeConfigFile: file ?? null };
  return [notSupported(at.child("type"), printed, ["InClusterConfig", "KubeConfigFile"])];
}

function fileErrors(file: string, at: FieldPath, checkFile: CheckFile): FieldError[] {
  if (file === "") return [required(at)];
  const flaw = isAbsolute(file) ? checkFile(file) : "must be an absolute path";
  return flaw === undefined ? [] : [invalid(at, file, flaw)];
}

/** The conditions of a webhook, and what is wrong with them. */
export function compileConditions({ matchConditions = [] }: WebhookConfiguration, at: FieldPath) {
  if (matchConditions.length > MAX_CONDITIONS)
    return { conditions: [], errors: [tooMany(at, matchConditions.length, MAX_CONDITIONS)] };
  const seen = new Set<string>();
  const conditions: MatchCondition[] = [];
  const errors: FieldError[] = [];
  for (const [i, { expression = "" }] of matchConditions.entries()) {
    const where = at.index(i).child("expression");
    if (expression.trim() === "") errors.push(required(where));
    else if (seen.has(expression)) errors.push(duplicate(where, expression));
    else {
      seen.add(expression);
      const condition = MatchCondition.compile(expression);
      if (typeof condition === "string") errors.push(invalid(where, expression, condition));
      else conditions.push(condition);
    }
  }
  return { conditions, errors };
}

/** Upstream: apiserver/pkg/apis/apiserver/validation/validation.go#ValidateAuthorizationConfiguration */
export function nameErrors(name: string, at: FieldPath, seen: ReadonlySet<string>): FieldError[] {
  if (name === "") return [required(at)];
  if (seen.has(name)) return [duplicate(at, name)];
  const flaws = isDns1123Subdomain(name);
  return flaws.length > 0 ? [invalid(at, name, `authorizer name is invalid: ${flaws.join(", ")}`)] : [];
}
