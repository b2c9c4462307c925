import {
  findErrors,
  invalid,
  isDns1123Subdomain,
  isWildcardDns1123Subdomain,
  parseIp,
  path,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { CLASS_ANNOTATION, ingressClassAnnotation } from "./class-annotation.ts";
import type { V1Ingress, V1IngressRule, V1IngressTLS } from "./ingress.gen.ts";
import { validateBackend, validateRuleValue } from "./rule-validation.ts";
import { NOT_A_NAME } from "./status-validation.ts";

const SPEC = path("spec");

/** What an object may keep that a new one may not have. */
interface Kept {
  /** Names of secrets that cannot be any. */
  readonly secretNames: boolean;
  /** Anything in rules for hosts with a wildcard. */
  readonly wildcardRules: boolean;
}

/** Upstream: pkg/apis/networking/validation/validation.go#ValidateIngressCreate */
export function validateIngress(ingress: V1Ingress): FieldError[] {
  const { ingressClassName } = ingress.spec;
  const annotated = ingressClassAnnotation(ingress.metadata);
  const isTwofold = annotated !== undefined && ingressClassName !== undefined && annotated !== ingressClassName;
  const at = path("annotations", CLASS_ANNOTATION);
  return [
    ...specErrors(ingress, { secretNames: false, wildcardRules: false }),
    ...(isTwofold ? [invalid(at, annotated, "must match `ingressClassName` when both are specified")] : []),
  ];
}

/** Upstream: …#ValidateIngressUpdate */
export function validateIngressUpdate(ingress: V1Ingress, { spec: old }: V1Ingress): FieldError[] {
  const secretNames = (old.tls ?? []).some(({ secretName }) => secretName && isDns1123Subdomain(secretName).length > 0);
  const wildcardRules = (old.rules ?? []).some(
    (rule) => rule.host?.includes("*") && findErrors(() => validateRuleValue(rule, SPEC)).length > 0,
  );
  return specErrors(ingress, { secretNames, wildcardRules });
}

/** Upstream: …#ValidateIngressSpec */
function specErrors({ spec }: V1Ingress, kept: Kept): FieldError[] {
  const { defaultBackend, rules = [], tls = [], ingressClassName } = spec;
  const isEmpty = rules.length === 0 && !defaultBackend;
  return [
    ...(isEmpty ? [invalid(SPEC, null, "either `defaultBackend` or `rules` must be specified")] : []),
    ...(defaultBackend ? validateBackend(defaultBackend, SPEC.child("defaultBackend")) : []),
    ...rules.flatMap((rule, i) => ruleErrors(rule, SPEC.child("rules").index(i), kept)),
    ...tls.flatMap((one, i) => tlsErrors(one, SPEC.child("tls").index(i), kept)),
    ...(ingressClassName === undefined
      ? []
      : isDns1123Subdomain(ingressClassName).map((text) =>
          invalid(SPEC.child("ingressClassName"), ingressClassName, text),
        )),
  ];
}

function ruleErrors(rule: V1IngressRule, field: FieldPath, { wildcardRules }: Kept): FieldError[] {
  const { host = "" } = rule;
  const at = field.child("host");
  return [
    ...(parseIp(host) ? [invalid(at, host, NOT_A_NAME)] : []),
    ...(host ? hostErrors(host, at) : []),
    ...(host.includes("*") && wildcardRules ? [] : validateRuleValue(rule, field)),
  ];
}

function hostErrors(host: string, field: FieldPath): FieldError[] {
  const check = host.includes("*") ? isWildcardDns1123Subdomain : isDns1123Subdomain;
  return check(host).map((text) => invalid(field, host, text));
}

/** Upstream: …#validateIngressTLS */
function tlsErrors({ hosts = [], secretName }: V1IngressTLS, field: FieldPath, { secretNames }: Kept): FieldError[] {
  const isKept = secretNames || !secretName;
  return [
    ...hosts.flatMap((host, i) => hostErrors(host, field.child("hosts").index(i))),
    ...(isKept
      ? []
      : isDns1123Subdomain(secretName).map((text) => invalid(field.child("secretName"), secretName, text))),
  ];
}
