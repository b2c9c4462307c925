import {
  forbidden,
  invalid,
  isPathSegmentName,
  notSupported,
  required,
  validateLabelSelector,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1ParamRef } from "../validatingadmissionpolicybinding/validatingadmissionpolicybinding.gen.ts";

const ACTIONS = ["Deny", "Allow"];

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateParamRef */
export function paramRefErrors(paramRef: V1ParamRef | undefined, field: FieldPath): FieldError[] {
  if (!paramRef) return [];
  const { name = "", selector, parameterNotFoundAction: action } = paramRef;
  const [nameAt, selectorAt] = [field.child("name"), field.child("selector")];
  const isTwice = name !== "" && selector !== undefined;
  const exclusive = (at: FieldPath): FieldError[] =>
    isTwice ? [forbidden(at, "name and selector are mutually exclusive")] : [];
  return [
    ...isPathSegmentName(name).map((text) => invalid(nameAt, name, text)),
    ...exclusive(nameAt),
    ...validateLabelSelector(selector, selectorAt),
    ...exclusive(selectorAt),
    ...(name === "" && selector === undefined ? [required(field, "one of name or selector must be specified")] : []),
    ...actionErrors(action ?? "", field.child("parameterNotFoundAction")),
  ];
}

function actionErrors(action: string, field: FieldPath): FieldError[] {
  if (action === "") return [required(field)];
  return ACTIONS.includes(action) ? [] : [notSupported(field, action, ACTIONS)];
}
