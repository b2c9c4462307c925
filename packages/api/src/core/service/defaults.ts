import type { Draft } from "@dingi/apimachinery";
import { isExternallyAccessible } from "./allocation.ts";
import type { V1Service, V1ServicePort } from "./service.gen.ts";

const AFFINITY_TIMEOUT_SECONDS = 10_800;
const INTERNAL_TYPES: ReadonlySet<string> = new Set(["ClusterIP", "NodePort", "LoadBalancer"]);

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_Service */
export function defaultService(service: Draft<V1Service>): void {
  service.spec ??= {};
  service.status ??= {};
  service.status.loadBalancer ??= {};
  const { spec } = service;
  spec.type ||= "ClusterIP";
  defaultAffinity(spec);
  for (const port of spec.ports ?? []) defaultPort(port);
  if (isExternallyAccessible(service)) spec.externalTrafficPolicy ||= "Cluster";
  if (INTERNAL_TYPES.has(spec.type)) spec.internalTrafficPolicy ??= "Cluster";
  if (spec.type === "LoadBalancer") defaultLoadBalancer(service);
}

function defaultAffinity(spec: Draft<V1Service["spec"]>): void {
  spec.sessionAffinity ||= "None";
  if (spec.sessionAffinity === "None") delete spec.sessionAffinityConfig;
  if (spec.sessionAffinity === "ClientIP" && spec.sessionAffinityConfig?.clientIP?.timeoutSeconds === undefined) {
    spec.sessionAffinityConfig = { clientIP: { timeoutSeconds: AFFINITY_TIMEOUT_SECONDS } };
  }
}

function defaultPort(port: Draft<V1ServicePort>): void {
  port.protocol ||= "TCP";
  port.targetPort ||= port.port;
}

function defaultLoadBalancer({ spec, status }: Draft<V1Service>): void {
  spec.allocateLoadBalancerNodePorts ??= true;
  for (const ingress of status.loadBalancer?.ingress ?? []) if (ingress.ip) ingress.ipMode ??= "VIP";
}
