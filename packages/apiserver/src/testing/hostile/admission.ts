import { FILLING_BYTES, short, type Json } from "./filling.ts";
import type { HostileKind } from "./hostile-kind.ts";

const group = "admissionregistration.k8s.io/v1";
const url = `/apis/${group}`;
const RULE = { apiGroups: [""], apiVersions: ["v1"], operations: ["CREATE"], resources: ["pods"] };
const policyOf = (spec: Json): Json => ({
  spec: { matchConstraints: { resourceRules: [RULE] }, validations: [{ expression: "true" }], ...spec },
});
const expressions = {
  "a long expression": `true${" || true".repeat(FILLING_BYTES / 8)}`,
  "an expression of parentheses": "(".repeat(FILLING_BYTES / 2),
  "an expression of loops in loops": `${"[1,2,3,4,5,6,7,8,9].all(x, ".repeat(12)}true${")".repeat(12)}`,
  "an expression of a long list": `[${"1,".repeat(FILLING_BYTES / 2)}1].size() > 0`,
  "an expression of minuses": `${"-".repeat(FILLING_BYTES / 2)}1 > 0`,
  "an expression of fields": `object${".a".repeat(FILLING_BYTES / 2)} == 1`,
  "an expression of choices": `${"true ? true : ".repeat(FILLING_BYTES / 14)}true`,
};

export const validatingAdmissionPolicy: HostileKind = {
  url: `${url}/validatingadmissionpolicies`,
  base: { apiVersion: group, kind: "ValidatingAdmissionPolicy", ...policyOf({}) },
  fields: {
    validations: (filling) => policyOf({ validations: filling.items(() => ({ expression: "true" })) }),
    "validations that do not compile": (filling) =>
      policyOf({ validations: filling.items(() => ({ expression: "a" })) }),
    variables: (filling) =>
      policyOf({
        variables: filling.items((i) => ({ name: `a${short(i)}`, expression: "1" }), 1 / 2),
        validations: filling.items((i) => ({ expression: `variables.a${short(i)} == 1` }), 1 / 2),
      }),
    "variables of variables": (filling) =>
      policyOf({
        variables: filling.items((i) => ({
          name: `a${short(i)}`,
          expression: i === 0 ? "'a'" : `variables.a${short(i - 1)} + variables.a${short(i - 1)}`,
        })),
      }),
    "match conditions": (filling) =>
      policyOf({ matchConditions: filling.items((i) => ({ name: `a${short(i)}`, expression: "true" })) }),
    "resource rules": (filling) => policyOf({ matchConstraints: { resourceRules: filling.items(() => RULE) } }),
    "names of a rule": (filling) =>
      policyOf({ matchConstraints: { resourceRules: [{ ...RULE, resourceNames: filling.items(short) }] } }),
    "resources of a rule": (filling) =>
      policyOf({
        matchConstraints: { resourceRules: [{ ...RULE, resources: filling.items((i) => `a/${short(i)}`) }] },
      }),
    "audit annotations": (filling) =>
      policyOf({ auditAnnotations: filling.items((i) => ({ key: short(i), valueExpression: "'a'" })) }),
    ...Object.fromEntries(
      Object.entries(expressions).map(([name, expression]) => [
        name,
        () => policyOf({ validations: [{ expression }] }),
      ]),
    ),
  },
};

const webhooks = (items: unknown): Json => ({ webhooks: items });
const webhook = (name: string, more: Json = {}): Json => ({
  name,
  admissionReviewVersions: ["v1"],
  sideEffects: "None",
  clientConfig: { url: "https://webhook.test" },
  rules: [RULE],
  ...more,
});

export const validatingWebhookConfiguration: HostileKind = {
  url: `${url}/validatingwebhookconfigurations`,
  base: { apiVersion: group, kind: "ValidatingWebhookConfiguration", ...webhooks([]) },
  fields: {
    "empty webhooks": (filling) => webhooks(filling.items(() => ({}))),
    webhooks: (filling) => webhooks(filling.items((i) => webhook(`a${short(i)}.b.c`))),
    "match conditions": (filling) =>
      webhooks([
        webhook("a.b.c", {
          matchConditions: filling.items((i) => ({ name: `a${short(i)}`, expression: "true" })),
        }),
      ]),
    "a condition of a long expression": () =>
      webhooks([webhook("a.b.c", { matchConditions: [{ name: "a", expression: expressions["a long expression"] }] })]),
    "review versions": (filling) => webhooks([webhook("a.b.c", { admissionReviewVersions: filling.items(short) })]),
    "a long URL": () =>
      webhooks([webhook("a.b.c", { clientConfig: { url: `https://a/${"a".repeat(FILLING_BYTES)}` } })]),
    "a bundle of dashes": () =>
      webhooks([
        webhook("a.b.c", {
          clientConfig: {
            url: "https://a",
            caBundle: Buffer.from("-----BEGIN ".repeat(FILLING_BYTES / 16)).toString("base64"),
          },
        }),
      ]),
    rules: (filling) => webhooks([webhook("a.b.c", { rules: filling.items(() => RULE) })]),
  },
};
