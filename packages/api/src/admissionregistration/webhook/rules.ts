import { invalid, notSupported, required, type FieldError, type FieldPath } from "@dingi/apimachinery";
import type { V1RuleWithOperations } from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";

const OPERATIONS = ["*", "CONNECT", "CREATE", "DELETE", "UPDATE"];
const SCOPES = ["*", "Cluster", "Namespaced"];

/** Upstream: pkg/apis/admissionregistration/validation/validation.go#validateRuleWithOperations */
export function ruleErrors(rule: V1RuleWithOperations, field: FieldPath): FieldError[] {
  const { operations = [], apiGroups = [], apiVersions = [], resources = [], scope } = rule;
  const [versions, where] = [field.child("apiVersions"), field.child("operations")];
  return [
    ...wildcardErrors(operations, "operations", where),
    ...operations.flatMap((operation, i) =>
      OPERATIONS.includes(operation) ? [] : [notSupported(where.index(i), operation, OPERATIONS)],
    ),
    ...wildcardErrors(apiGroups, "API groups", field.child("apiGroups")),
    ...wildcardErrors(apiVersions, "API versions", versions),
    ...apiVersions.flatMap((version, i) => (version === "" ? [required(versions.index(i))] : [])),
    ...resourceErrors(resources, field.child("resources")),
    ...(scope === undefined || SCOPES.includes(scope) ? [] : [notSupported(field.child("scope"), scope, SCOPES)]),
  ];
}

function wildcardErrors(values: readonly string[], what: string, field: FieldPath): FieldError[] {
  if (values.length === 0) return [required(field)];
  if (values.length === 1 || !values.includes("*")) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${what}`)];
}

/** Upstream: …#validateResources */
function resourceErrors(resources: readonly string[], field: FieldPath): FieldError[] {
  if (resources.length === 0) return [required(field)];
  const errors = subresourceErrors(resources, field);
  if (resources.length > 1 && resources.includes("*/*"))
    errors.push(invalid(field, resources, "if '*/*' is present, must not specify other resources"));
  // Of those without a subresource upstream remembers the last alone.
  const last = resources.findLast((resource) => resource !== "" && !resource.includes("/"));
  if (resources.includes("*") && last !== "*") {
    const text = "if '*' is present, must not specify other resources without subresources";
    errors.push(invalid(field, resources, text));
  }
  return errors;
}

function subresourceErrors(resources: readonly string[], field: FieldPath): FieldError[] {
  const [allOfResource, allOfSubresource] = [new Set<string>(), new Set<string>()];
  return resources.flatMap((text, i) => {
    if (text === "") return [required(field.index(i))];
    const slash = text.indexOf("/");
    if (slash < 0) return [];
    const [resource, subresource] = [text.slice(0, slash), text.slice(slash + 1)];
    const problem = (all: string) => invalid(field.index(i), text, `if '${all}' is present, must not specify ${text}`);
    const errors = [
      ...(allOfResource.has(resource) ? [problem(`${resource}/*`)] : []),
      ...(allOfSubresource.has(subresource) ? [problem(`*/${subresource}`)] : []),
    ];
    if (subresource === "*") allOfResource.add(resource);
    if (resource === "*") allOfSubresource.add(subresource);
    return errors;
  });
}
