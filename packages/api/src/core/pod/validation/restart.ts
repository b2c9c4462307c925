import {
  duplicate,
  forbidden,
  invalid,
  notSupported,
  required,
  tooMany,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1ContainerResizePolicy, V1ContainerRestartRule } from "../pod.gen.ts";

const POLICIES = ["Always", "Never", "OnFailure"];
const ACTIONS = ["Restart", "RestartAllContainers"];
const OPERATORS = ["In", "NotIn"];
const RESIZE_RESOURCES = ["cpu", "memory"];
const RESIZE_POLICIES = ["NotRequired", "RestartContainer"];
const MAX_RULES = 20;
const MAX_CODES = 255;

/** Upstream: pkg/apis/core/validation/validation.go#validateContainerRestartPolicy */
export function validateRestartRules(
  { restartPolicy, restartPolicyRules: rules = [] }: V1Container,
  field: FieldPath,
): FieldError[] {
  const at = field.child("restartPolicy");
  const errors: FieldError[] = [];
  if (restartPolicy === undefined) {
    if (rules.length > 0) errors.push(required(at, "must specify restartPolicy when restart rules are used"));
  } else if (!POLICIES.includes(restartPolicy)) errors.push(notSupported(at, restartPolicy, POLICIES));
  const list = field.child("restartPolicyRules");
  if (rules.length > MAX_RULES) errors.push(tooMany(list, rules.length, MAX_RULES));
  return [...errors, ...rules.flatMap((rule, i) => ruleErrors(rule, list.index(i)))];
}

function ruleErrors({ action = "", exitCodes }: V1ContainerRestartRule, field: FieldPath): FieldError[] {
  const errors = ACTIONS.includes(action) ? [] : [notSupported(field.child("action"), action, ACTIONS)];
  const at = field.child("exitCodes");
  if (!exitCodes) return [...errors, required(at, "must be specified")];
  const { operator = "", values = [] } = exitCodes;
  if (!OPERATORS.includes(operator)) errors.push(notSupported(at.child("operator"), operator, OPERATORS));
  if (values.length > MAX_CODES) errors.push(tooMany(at.child("values"), values.length, MAX_CODES));
  return errors;
}

/** Upstream: …#validateInitContainerRestartPolicy */
export function validateInitRestartRules(container: V1Container, field: FieldPath): FieldError[] {
  if (container.restartPolicy !== undefined) return validateRestartRules(container, field);
  if (!container.restartPolicyRules?.length) return [];
  return [required(field.child("restartPolicy"), "must specify restartPolicy when restart rules are used")];
}

/** Upstream: …#validateResizePolicy */
export function validateResizePolicy(
  policies: readonly V1ContainerResizePolicy[],
  podRestartPolicy: string,
  field: FieldPath,
): FieldError[] {
  const seen = new Set<string>();
  return policies.flatMap(({ resourceName, restartPolicy }, i) => {
    const errors = seen.has(resourceName) ? [duplicate(field.index(i), resourceName)] : [];
    seen.add(resourceName);
    if (!resourceName) errors.push(required(field));
    else if (!RESIZE_RESOURCES.includes(resourceName)) errors.push(notSupported(field, resourceName, RESIZE_RESOURCES));
    if (!restartPolicy) errors.push(required(field));
    else if (!RESIZE_POLICIES.includes(restartPolicy)) errors.push(notSupported(field, restartPolicy, RESIZE_POLICIES));
    if (podRestartPolicy === "Never" && restartPolicy !== "NotRequired") {
      errors.push(invalid(field, restartPolicy, "must be 'NotRequired' when pod `restartPolicy` is 'Never'"));
    }
    return errors;
  });
}

/** What only containers that run beside others may have. */
export function validateNoHooks(container: V1Container, field: FieldPath): FieldError[] {
  return (["lifecycle", "livenessProbe", "readinessProbe", "startupProbe"] as const)
    .filter((name) => container[name])
    .map((name) => forbidden(field.child(name), "may not be set for init containers without restartPolicy=Always"));
}
