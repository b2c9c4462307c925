import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import { isDefaultIngressClass } from "./default-class.ts";
import type { V1IngressClass } from "./ingressclass.gen.ts";

/** Upstream: pkg/printers/internalversion/printers.go#printIngressClass */
export const columns: readonly Column<V1IngressClass>[] = [
  { ...nameColumn, value: shownName },
  { name: "Controller", type: "string", value: ({ spec }) => spec.controller ?? "" },
  { name: "Parameters", type: "string", value: parametersText },
  ageColumn,
];

function shownName(ingressClass: V1IngressClass): string {
  const { name = "" } = ingressClass.metadata;
  return isDefaultIngressClass(ingressClass) ? `${name} (default)` : name;
}

function parametersText({ spec: { parameters } }: V1IngressClass): string {
  if (!parameters) return "<none>";
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}
