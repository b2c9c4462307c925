import {
  duplicate,
  invalid,
  isLabelValue,
  notSupported,
  required,
  validateLabelName,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateTaintEffect } from "../../node/validation.ts";
import type { V1PodSchedulingGate, V1Toleration, V1TopologySpreadConstraint } from "../pod.gen.ts";
import { validateMatchLabelKeys } from "./affinity.ts";
import { validateOptionalEnum, validateQualifiedName } from "./names.ts";

const ACTIONS = ["DoNotSchedule", "ScheduleAnyway"];
const NODE_POLICIES = ["Honor", "Ignore"];
const POSITIVE = "must be greater than zero";

/** Upstream: pkg/apis/core/validation/validation.go#ValidateTolerations */
export function validateTolerations(tolerations: readonly V1Toleration[], field: FieldPath): FieldError[] {
  return tolerations.flatMap((toleration, i) => tolerationErrors(toleration, field.index(i)));
}

function tolerationErrors(toleration: V1Toleration, field: FieldPath): FieldError[] {
  const { key = "", operator = "", effect = "", tolerationSeconds } = toleration;
  const errors = key === "" ? [] : validateLabelName(key, field.child("key"));
  if (key === "" && operator !== "Exists") {
    const text = 'operator must be Exists when `key` is empty, which means "match all values and all keys"';
    errors.push(invalid(field.child("operator"), operator, text));
  }
  if (tolerationSeconds !== undefined && effect !== "NoExecute") {
    errors.push(invalid(field.child("effect"), effect, "effect must be 'NoExecute' when `tolerationSeconds` is set"));
  }
  errors.push(...operatorErrors(toleration, field.child("operator")));
  return effect === "" ? errors : [...errors, ...validateTaintEffect(effect, field.child("effect"))];
}

function operatorErrors({ operator = "", value = "" }: V1Toleration, field: FieldPath): FieldError[] {
  switch (operator) {
    case "":
    case "Equal": {
      const problems = isLabelValue(value);
      return problems.length === 0 ? [] : [invalid(field, value, problems.join(";"))];
    }
    case "Exists":
      return value === "" ? [] : [invalid(field, value, "value must be empty when `operator` is 'Exists'")];
    case "Lt":
    case "Gt":
      return [notSupported(field, operator, ["Equal", "Exists", "Lt", "Gt"])];
    default:
      return [notSupported(field, operator, ["Equal", "Exists"])];
  }
}

/** Upstream: …#validateSchedulingGates */
export function validateSchedulingGates(gates: readonly V1PodSchedulingGate[], field: FieldPath): FieldError[] {
  const seen = new Set<string>();
  return gates.flatMap(({ name }, i) => {
    const errors = validateQualifiedName(name ?? "", field.index(i));
    if (seen.has(name)) errors.push(duplicate(field.index(i), name));
    seen.add(name);
    return errors;
  });
}

/** Upstream: …#validateTopologySpreadConstraints */
export function validateTopologySpread(
  constraints: readonly V1TopologySpreadConstraint[],
  field: FieldPath,
): FieldError[] {
  const last = new Map(constraints.map((constraint, i) => [pairOf(constraint), i]));
  return constraints.flatMap((constraint, i) => {
    const at = field.index(i);
    const { topologyKey, whenUnsatisfiable } = constraint;
    const repeated = last.get(pairOf(constraint))! > i;
    const pair = at.child("{topologyKey, whenUnsatisfiable}");
    return [
      ...spreadErrors(constraint, at),
      ...(repeated ? [duplicate(pair, `{${topologyKey}, ${whenUnsatisfiable}}`)] : []),
      ...selectorErrors(constraint, at),
    ];
  });
}

const pairOf = ({ topologyKey, whenUnsatisfiable }: V1TopologySpreadConstraint): string =>
  JSON.stringify([topologyKey, whenUnsatisfiable]);

function spreadErrors(
  { maxSkew, topologyKey, whenUnsatisfiable }: V1TopologySpreadConstraint,
  field: FieldPath,
): FieldError[] {
  return [
    ...(maxSkew > 0 ? [] : [invalid(field.child("maxSkew"), maxSkew, POSITIVE)]),
    ...(topologyKey ? [] : [required(field.child("topologyKey"), "can not be empty")]),
    ...(ACTIONS.includes(whenUnsatisfiable)
      ? []
      : [notSupported(field.child("whenUnsatisfiable"), whenUnsatisfiable, ACTIONS)]),
  ];
}

function selectorErrors(constraint: V1TopologySpreadConstraint, field: FieldPath): FieldError[] {
  const { minDomains, whenUnsatisfiable, labelSelector, matchLabelKeys } = constraint;
  const at = field.child("minDomains");
  const errors: FieldError[] = [];
  if (minDomains !== undefined) {
    if (minDomains <= 0) errors.push(invalid(at, minDomains, POSITIVE));
    const text = `can only use minDomains if whenUnsatisfiable=DoNotSchedule, not ${whenUnsatisfiable}`;
    if (whenUnsatisfiable !== "DoNotSchedule") errors.push(invalid(at, minDomains, text));
  }
  return [
    ...errors,
    ...validateOptionalEnum(constraint.nodeAffinityPolicy, NODE_POLICIES, field.child("nodeAffinityPolicy")),
    ...validateOptionalEnum(constraint.nodeTaintsPolicy, NODE_POLICIES, field.child("nodeTaintsPolicy")),
    ...validateMatchLabelKeys(labelSelector, matchLabelKeys ?? [], [], field),
    ...validateLabelSelector(labelSelector, field.child("labelSelector")),
  ];
}
