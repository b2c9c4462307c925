import { path } from "@dingi/apimachinery";
import type { Webhook } from "./webhook.ts";

/** Whoever is asked who somebody is or what he may do asks no webhook. Upstream: pkg/kubeapiserver/admission/exclusion/resources.go */
const EXCLUDED: ReadonlySet<string> = new Set([
  "selfsubjectreviews.authentication.k8s.io",
  "tokenreviews.authentication.k8s.io",
  "localsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectaccessreviews.authorization.k8s.io",
  "selfsubjectrulesreviews.authorization.k8s.io",
  "subjectaccessreviews.authorization.k8s.io",
]);

type Rule = NonNullable<Webhook["rules"]>[number];

/** Upstream: pkg/apis/admissionregistration/validation/warnings.go */
export function webhookWarnings(webhooks: readonly Webhook[]): string[] {
  return webhooks.flatMap(({ rules = [] }, i) =>
    rules.flatMap((rule, j) => {
      const field = path("webhooks").index(i).child("rules").index(j);
      return excludedOf(rule).map(
        (resource) => `${field}: ${resource} is excluded from admission webhooks; this rule will have no effect`,
      );
    }),
  );
}

/** Those that a rule names. It may mean others by "*". */
function excludedOf({ apiGroups = [], resources = [] }: Rule): string[] {
  if (apiGroups.includes("*") || resources.includes("*")) return [];
  const [groups, names] = [new Set(apiGroups), new Set(resources)];
  const inOrder = (all: ReadonlySet<string>, known: (name: string) => boolean) => [...all].filter(known);
  return inOrder(groups, (group) => group.endsWith(".k8s.io")).flatMap((group) =>
    inOrder(names, (name) => EXCLUDED.has(`${name}.${group}`)).map((name) => `${name}.${group}`),
  );
}
