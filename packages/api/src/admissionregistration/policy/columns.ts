import { ageColumn, nameColumn, type Column, type KubeObject, type V1LabelSelector } from "@dingi/apimachinery";
import type { V1ParamKind } from "../validatingadmissionpolicy/validatingadmissionpolicy.gen.ts";
import type { V1ParamRef } from "../validatingadmissionpolicybinding/validatingadmissionpolicybinding.gen.ts";

type Policy = KubeObject & { readonly spec: { readonly paramKind?: V1ParamKind | undefined } };

/** Upstream: pkg/printers/internalversion/printers.go#printValidatingAdmissionPolicy */
export function policyColumns<T extends Policy>(
  name: string,
  listOf: (policy: T) => readonly unknown[] | undefined,
): readonly Column<T>[] {
  return [
    nameColumn,
    { name, type: "integer", value: (policy) => listOf(policy)?.length ?? 0 },
    { name: "ParamKind", type: "string", value: ({ spec }) => paramKindText(spec.paramKind) },
    ageColumn,
  ];
}

const paramKindText = (paramKind: V1ParamKind | undefined): string =>
  paramKind ? `${paramKind.apiVersion ?? ""}/${paramKind.kind ?? ""}` : "<unset>";

type Binding = KubeObject & {
  readonly spec: { readonly policyName?: string | undefined; readonly paramRef?: V1ParamRef | undefined };
};

/** Upstream: …#printValidatingAdmissionPolicyBinding */
export const bindingColumns: readonly Column<Binding>[] = [
  nameColumn,
  { name: "PolicyName", type: "string", value: ({ spec }) => spec.policyName ?? "" },
  { name: "ParamRef", type: "string", value: ({ spec }) => paramRefText(spec.paramRef ?? {}) },
  ageColumn,
];

/** Whether params have namespaces cannot be told from here. */
function paramRefText({ name = "", namespace = "", selector }: V1ParamRef): string {
  if (name !== "") return `${namespace || "*"}/${name}`;
  return selector ? goSelectorText(selector) : "<unset>";
}

/** As Go's generated code prints a selector. */
function goSelectorText({ matchLabels = {}, matchExpressions = [] }: V1LabelSelector): string {
  const labels = Object.entries(matchLabels).sort(([a], [b]) => (a < b ? -1 : 1));
  const pairs = labels.map(([key, value]) => `${key}: ${value},`).join("");
  const requirements = matchExpressions.map(
    ({ key, operator, values = [] }) =>
      `LabelSelectorRequirement{Key:${key},Operator:${operator},Values:[${values.join(" ")}],},`,
  );
  return `&LabelSelector{MatchLabels:map[string]string{${pairs}},MatchExpressions:[]LabelSelectorRequirement{${requirements.join("")}},}`;
}
