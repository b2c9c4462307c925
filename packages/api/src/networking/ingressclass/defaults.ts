import type { Draft } from "@dingi/apimachinery";
import type { V1IngressClass } from "./ingressclass.gen.ts";

/** Upstream: pkg/apis/networking/v1/defaults.go#SetDefaults_IngressClass */
export function defaultIngressClass(ingressClass: Draft<V1IngressClass>): void {
  ingressClass.spec ??= {};
  if (ingressClass.spec.parameters) ingressClass.spec.parameters.scope ??= "Cluster";
}
