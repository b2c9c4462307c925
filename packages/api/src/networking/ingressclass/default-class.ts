import { newestOf } from "@dingi/apimachinery";
import type { V1IngressClass } from "./ingressclass.gen.ts";

const IS_DEFAULT = "ingressclass.kubernetes.io/is-default-class";

export const isDefaultIngressClass = ({ metadata: { annotations } }: V1IngressClass): boolean =>
  annotations?.[IS_DEFAULT] === "true";

/** Upstream: plugin/pkg/admission/network/defaultingressclass/admission.go#getDefaultClass */
export function defaultIngressClassOf(classes: readonly V1IngressClass[]): V1IngressClass | undefined {
  return newestOf(classes.filter(isDefaultIngressClass));
}
