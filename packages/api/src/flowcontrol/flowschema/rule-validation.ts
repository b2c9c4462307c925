import {
  forbidden,
  invalid,
  isDns1123Label,
  isDns1123Subdomain,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type {
  FlowcontrolV1Subject,
  V1NonResourcePolicyRule,
  V1PolicyRulesWithSubjects,
  V1ResourcePolicyRule,
} from "./flowschema.gen.ts";

const ALL = "*";
const VERBS = ["create", "delete", "deletecollection", "get", "list", "patch", "proxy", "update", "watch"];
const NAMESPACE_INTRO = "each member of this list must be '*' or a DNS-1123 label; ";

/** Upstream: pkg/apis/flowcontrol/validation/validation.go#ValidateFlowSchemaPolicyRulesWithSubjects */
export function validateRule(rule: V1PolicyRulesWithSubjects, field: FieldPath): FieldError[] {
  const { resourceRules = [], nonResourceRules = [] } = rule;
  const subjects = rule.subjects ?? [];
  const subjectsField = field.child("subjects");
  const isEmpty = resourceRules.length === 0 && nonResourceRules.length === 0;
  return [
    ...(subjects.length === 0 ? [required(subjectsField, "subjects must contain at least one value")] : []),
    ...subjects.flatMap((subject, i) => subjectErrors(subject, subjectsField.index(i))),
    ...(isEmpty ? [required(field, "at least one of resourceRules and nonResourceRules has to be non-empty")] : []),
    ...resourceRules.flatMap((one, i) => resourceErrors(one, field.child("resourceRules").index(i))),
    ...nonResourceRules.flatMap((one, i) => nonResourceErrors(one, field.child("nonResourceRules").index(i))),
  ];
}

/** By the field that names somebody of the kind, in the order in which the other fields are refused. */
const KINDS = { serviceAccount: "ServiceAccount", user: "User", group: "Group" } as const;

type SubjectField = keyof typeof KINDS;

/** Upstream: …#ValidateFlowSchemaSubject */
function subjectErrors(subject: FlowcontrolV1Subject, field: FieldPath): FieldError[] {
  const names = Object.keys(KINDS) as SubjectField[];
  const own = names.find((name) => KINDS[name] === subject.kind);
  if (own === undefined)
    return [notSupported(field.child("kind"), subject.kind ?? "", Object.values(KINDS).toSorted())];
  const others = names.filter((name) => name !== own && subject[name] !== undefined);
  const missing = required(field.child(own), `${own} is required when subject kind is '${KINDS[own]}'`);
  return [
    ...(subject[own] ? namedErrors(subject, own, field.child(own)) : [missing]),
    ...others.map((name) =>
      forbidden(field.child(name), `${name} is forbidden when subject kind is not '${KINDS[name]}'`),
    ),
  ];
}

function namedErrors(subject: FlowcontrolV1Subject, own: SubjectField, field: FieldPath): FieldError[] {
  const name = subject[own]?.name ?? "";
  const at = field.child("name");
  const errors = name === "" ? [required(at)] : [];
  if (own !== "serviceAccount") return errors;
  const { namespace = "" } = subject.serviceAccount ?? {};
  const where = field.child("namespace");
  const isNamed = name !== "" && name !== ALL;
  return [
    ...errors,
    ...(isNamed ? isDns1123Subdomain(name).map((text) => invalid(at, name, text)) : []),
    ...(namespace === ""
      ? [required(where, "must specify namespace for service account")]
      : isDns1123Label(namespace).map((text) => invalid(where, namespace, text))),
  ];
}

/** Upstream: …#ValidateFlowSchemaResourcePolicyRule */
function resourceErrors(rule: V1ResourcePolicyRule, field: FieldPath): FieldError[] {
  return [
    ...verbErrors(rule.verbs ?? [], field.child("verbs")),
    ...listErrors(rule.apiGroups ?? [], field.child("apiGroups"), ["api group", "api groups"]),
    ...listErrors(rule.resources ?? [], field.child("resources"), ["resource", "resources"]),
    ...namespaceErrors(rule, field.child("namespaces")),
  ];
}

function verbErrors(verbs: readonly string[], field: FieldPath): FieldError[] {
  if (verbs.length === 0) return [required(field, "verbs must contain at least one value")];
  if (verbs.includes(ALL))
    return verbs.length > 1 ? [invalid(field, verbs, "if '*' is present, must not specify other verbs")] : [];
  return verbs.every((verb) => VERBS.includes(verb)) ? [] : [notSupported(field, verbs, VERBS)];
}

function listErrors(values: readonly string[], field: FieldPath, [one, many]: readonly [string, string]): FieldError[] {
  if (values.length === 0) return [required(field, `resource rules must supply at least one ${one}`)];
  if (values.length === 1 || !values.includes(ALL)) return [];
  return [invalid(field, values, `if '*' is present, must not specify other ${many}`)];
}

function namespaceErrors({ clusterScope, ...rule }: V1ResourcePolicyRule, field: FieldPath): FieldError[] {
  const namespaces = rule.namespaces ?? [];
  if (namespaces.length === 0 && !clusterScope) {
    return [required(field, "resource rules that are not cluster scoped must supply at least one namespace")];
  }
  if (namespaces.includes(ALL)) {
    const text = "if '*' is present, must not specify other namespaces";
    return namespaces.length > 1 ? [invalid(field, namespaces, text)] : [];
  }
  return namespaces.flatMap((name, i) =>
    isDns1123Label(name).map((text) => invalid(field.index(i), name, NAMESPACE_INTRO + text)),
  );
}

/** Upstream: …#ValidateFlowSchemaNonResourcePolicyRule */
function nonResourceErrors(rule: V1NonResourcePolicyRule, field: FieldPath): FieldError[] {
  return [
    ...verbErrors(rule.verbs ?? [], field.child("verbs")),
    ...urlErrors(rule.nonResourceURLs ?? [], field.child("nonResourceURLs")),
  ];
}

function urlErrors(urls: readonly string[], field: FieldPath): FieldError[] {
  if (urls.length === 0) return [required(field, "nonResourceURLs must contain at least one value")];
  if (urls.includes(ALL)) {
    const text = "if '*' is present, must not specify other non-resource URLs";
    return urls.length > 1 ? [invalid(field, urls, text)] : [];
  }
  return urls.flatMap((url, i) => {
    const problem = urlProblem(url);
    return problem === undefined ? [] : [invalid(field.index(i), url, problem)];
  });
}

/** Upstream: …#ValidateNonResourceURLPath */
function urlProblem(url: string): string | undefined {
  if (url === "") return "must not be empty";
  if (!url.startsWith("/")) return "must start with slash";
  if (url.includes(" ")) return "must not contain white-space";
  if (url.includes("//")) return "must not contain double slash";
  const stars = url.split(ALL).length - 1;
  return stars === 0 || (stars === 1 && url.endsWith("/*")) ? undefined : "wildcard can only do suffix matching";
}
