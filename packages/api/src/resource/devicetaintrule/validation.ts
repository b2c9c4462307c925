import {
  path,
  tooMany,
  validateConditions,
  validateDeclared,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateCsiDriverName } from "../../core/pod/validation/remote-volumes.ts";
import { deviceNameErrors, poolNameErrors } from "../device/names.ts";
import { taintErrors } from "../device/taints.ts";
import { V1DeviceTaintRule, type V1DeviceTaintSelector } from "./devicetaintrule.gen.ts";

const SPEC = path("spec");
const CONDITIONS = path("status", "conditions");
const MAX_CONDITIONS = 8;

/** Upstream: pkg/apis/resource/validation/validation.go#ValidateDeviceTaintRule */
export function validateDeviceTaintRule(rule: V1DeviceTaintRule, old?: V1DeviceTaintRule): FieldError[] {
  return [
    ...deviceSelectorErrors(rule.spec.deviceSelector ?? {}, SPEC.child("deviceSelector")),
    ...taintErrors(rule.spec.taint ?? {}, SPEC.child("taint")),
    ...validateDeclared(V1DeviceTaintRule, rule, { ...(old && { old }) }),
  ];
}

function deviceSelectorErrors({ driver, pool, device }: V1DeviceTaintSelector, field: FieldPath): FieldError[] {
  return [
    ...(driver === undefined ? [] : validateCsiDriverName(driver, field.child("driver"))),
    ...(pool === undefined ? [] : poolNameErrors(pool, field.child("pool"))),
    ...(device === undefined ? [] : deviceNameErrors(device, field.child("device"))),
  ];
}

/** Upstream: …#ValidateDeviceTaintRuleStatusUpdate */
export function validateDeviceTaintRuleStatusUpdate(rule: V1DeviceTaintRule, old: V1DeviceTaintRule): FieldError[] {
  const { conditions = [] } = rule.status ?? {};
  return [
    ...validateConditions(conditions, CONDITIONS),
    ...(conditions.length > MAX_CONDITIONS ? [tooMany(CONDITIONS, conditions.length, MAX_CONDITIONS)] : []),
    ...validateDeclared(V1DeviceTaintRule, rule, { old }),
  ];
}
