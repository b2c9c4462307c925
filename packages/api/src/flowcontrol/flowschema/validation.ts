import {
  goValue,
  invalid,
  isDns1123Subdomain,
  notSupported,
  path,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateConditionTypes } from "./condition-validation.ts";
import { V1FlowDistinguisherMethod, V1FlowSchemaSpec, type V1FlowSchema } from "./flowschema.gen.ts";
import { MANDATORY_FLOW_SCHEMAS } from "./mandatory.ts";
import { validateRule } from "./rule-validation.ts";

const MAX_PRECEDENCE = 10_000;
const EXEMPT = "exempt";
const METHODS = ["ByNamespace", "ByUser"];
const SPEC = path("spec");

/** Upstream: pkg/apis/flowcontrol/validation/validation.go#ValidateFlowSchema */
export function validateFlowSchema({ metadata, spec, status }: V1FlowSchema): FieldError[] {
  const { name = "" } = metadata;
  const fixed = MANDATORY_FLOW_SCHEMAS.get(name);
  const isOther = fixed !== undefined && !semanticEqual(spec, fixed);
  const shown = () => goValue(V1FlowSchemaSpec, { ...spec });
  return [
    ...precedenceErrors(spec.matchingPrecedence, name, SPEC.child("matchingPrecedence")),
    ...methodErrors(spec, SPEC.child("distinguisherMethod", "type")),
    ...levelErrors(spec, SPEC.child("priorityLevelConfiguration", "name")),
    ...(spec.rules ?? []).flatMap((rule, i) => validateRule(rule, SPEC.child("rules").index(i))),
    ...(isOther ? [invalid(SPEC, shown(), `spec of '${name}' must equal the fixed value`)] : []),
    ...validateConditionTypes(status.conditions ?? []),
  ];
}

function precedenceErrors(precedence: number, name: string, field: FieldPath): FieldError[] {
  const errors: FieldError[] = [];
  if (precedence <= 0) errors.push(invalid(field, precedence, "must be a positive value"));
  if (precedence > MAX_PRECEDENCE)
    errors.push(invalid(field, precedence, `must not be greater than ${MAX_PRECEDENCE}`));
  if (precedence === 1 && name !== EXEMPT)
    errors.push(invalid(field, precedence, `only the schema named '${EXEMPT}' may have matchingPrecedence 1`));
  return errors;
}

function methodErrors({ distinguisherMethod: method }: V1FlowSchemaSpec, field: FieldPath): FieldError[] {
  if (!method || METHODS.includes(method.type)) return [];
  return [notSupported(field, goValue(V1FlowDistinguisherMethod, { ...method }), METHODS)];
}

function levelErrors({ priorityLevelConfiguration: level }: V1FlowSchemaSpec, field: FieldPath): FieldError[] {
  const name = level?.name ?? "";
  if (name === "") return [required(field, "must reference a priority level")];
  return isDns1123Subdomain(name).map((text) => invalid(field, name, text));
}
