import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1IngressClass } from "./ingressclass.gen.ts";

const DEFAULT_ANNOTATION = "ingressclass.kubernetes.io/is-default-class";

/** Upstream: pkg/printers/internalversion/printers.go#printIngressClass */
export const columns: readonly Column<V1IngressClass>[] = [
  { ...nameColumn, value: shownName },
  { name: "Controller", type: "string", value: ({ spec }) => spec.controller ?? "" },
  { name: "Parameters", type: "string", value: parametersText },
  ageColumn,
];

function shownName({ metadata: { name = "", annotations } }: V1IngressClass): string {
  return annotations?.[DEFAULT_ANNOTATION] === "true" ? `${name} (default)` : name;
}

function parametersText({ spec: { parameters } }: V1IngressClass): string {
  if (!parameters) return "<none>";
  const { apiGroup, kind, name } = parameters;
  return `${kind}${apiGroup === undefined ? "" : `.${apiGroup}`}/${name}`;
}
