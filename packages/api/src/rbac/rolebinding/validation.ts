import {
  FIELD_IMMUTABLE,
  invalid,
  isDns1123Subdomain,
  isPathSegmentName,
  notSupported,
  path,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { RBAC_GROUP } from "./defaults.ts";
import type { RbacV1Subject, V1RoleBinding, V1RoleRef } from "./rolebinding.gen.ts";

interface BindingRules {
  readonly roleKinds: readonly string[];
  /** A service account without a namespace is one of the binding's. */
  readonly namespaced: boolean;
}

/** Upstream: pkg/apis/rbac/validation/validation.go, and what its types declare, which comes last */
export function validateBinding(
  { roleRef, subjects = [] }: V1RoleBinding,
  rules: BindingRules,
  old?: V1RoleBinding,
): FieldError[] {
  const changed = old !== undefined && !semanticEqual(roleRef, old.roleRef);
  return [
    ...roleRefErrors(roleRef, rules),
    ...subjects.flatMap((subject, i) => subjectErrors(subject, rules, path("subjects").index(i))),
    ...(changed ? [invalid("roleRef", goRoleRef(roleRef), FIELD_IMMUTABLE)] : []),
    ...subjects.flatMap(({ name }, i) => (name ? [] : [required(path("subjects").index(i).child("name"))])),
    ...(roleRef.name ? [] : [required(path("roleRef", "name"))]),
  ];
}

/** Upstream's own type has no JSON names. */
const goRoleRef = ({ apiGroup, kind, name }: V1RoleRef): unknown => ({ APIGroup: apiGroup, Kind: kind, Name: name });

function roleRefErrors({ apiGroup, kind, name }: V1RoleRef, { roleKinds }: BindingRules): FieldError[] {
  const field = path("roleRef");
  const errors = apiGroup === RBAC_GROUP ? [] : [notSupported(field.child("apiGroup"), apiGroup, [RBAC_GROUP])];
  if (!roleKinds.includes(kind)) errors.push(notSupported(field.child("kind"), kind, roleKinds));
  if (!name) return errors;
  return [...errors, ...isPathSegmentName(name).map((text) => invalid(field.child("name"), name, text))];
}

function subjectErrors(
  { kind, name, apiGroup = "", namespace }: RbacV1Subject,
  { namespaced }: BindingRules,
  field: FieldPath,
): FieldError[] {
  const group = field.child("apiGroup");
  switch (kind) {
    case "ServiceAccount":
      return [
        ...(name ? isDns1123Subdomain(name).map((text) => invalid(field.child("name"), name, text)) : []),
        ...(apiGroup === "" ? [] : [notSupported(group, apiGroup, [""])]),
        ...(namespaced || namespace ? [] : [required(field.child("namespace"))]),
      ];
    case "User":
    case "Group":
      return apiGroup === RBAC_GROUP ? [] : [notSupported(group, apiGroup, [RBAC_GROUP])];
    default:
      return [notSupported(field.child("kind"), kind, ["ServiceAccount", "User", "Group"])];
  }
}
