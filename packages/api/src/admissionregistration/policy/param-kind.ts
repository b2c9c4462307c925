import {
  invalid,
  isDns1035Label,
  isDns1123Subdomain,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1ParamKind } from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateParamKind */
export function paramKindErrors(paramKind: V1ParamKind | undefined, field: FieldPath): FieldError[] {
  if (!paramKind) return [];
  const { apiVersion = "", kind = "" } = paramKind;
  return [...apiVersionErrors(apiVersion, field.child("apiVersion")), ...kindErrors(kind, field.child("kind"))];
}

function apiVersionErrors(apiVersion: string, field: FieldPath): FieldError[] {
  if (apiVersion === "") return [required(field)];
  const parts = apiVersion.split("/");
  if (parts.length > 2) return [invalid(field, apiVersion, `unexpected GroupVersion string: ${apiVersion}`)];
  const [version = "", group = ""] = parts.toReversed();
  const problems = group === "" ? [] : isDns1123Subdomain(group);
  const errors = problems.length > 0 ? [invalid(field, group, problems.join(","))] : [];
  if (version === "") return [...errors, invalid(field, apiVersion, "version must be specified")];
  const versionProblems = isDns1035Label(version);
  return versionProblems.length > 0 ? [...errors, invalid(field, version, versionProblems.join(","))] : errors;
}

function kindErrors(kind: string, field: FieldPath): FieldError[] {
  if (kind === "") return [required(field)];
  const problems = isDns1035Label(kind.toLowerCase());
  if (problems.length === 0) return [];
  return [invalid(field, kind, `may have mixed case, but should otherwise match: ${problems.join(",")}`)];
}
