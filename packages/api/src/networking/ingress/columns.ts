import { ageColumn, nameColumn, type Column } from "@dingi/apimachinery";
import type { V1Ingress, V1IngressLoadBalancerStatus, V1IngressRule } from "./ingress.gen.ts";

const SHOWN_HOSTS = 3;

/** Upstream: pkg/printers/internalversion/printers.go#printIngress */
export const columns: readonly Column<V1Ingress>[] = [
  nameColumn,
  { name: "Class", type: "string", value: ({ spec }) => spec.ingressClassName ?? "<none>" },
  { name: "Hosts", type: "string", value: ({ spec }) => hostsText(spec.rules ?? []) },
  { name: "Address", type: "string", value: ({ status }) => addressText(status.loadBalancer ?? {}) },
  { name: "Ports", type: "string", value: ({ spec }) => (spec.tls?.length ? "80, 443" : "80") },
  ageColumn,
];

/** Counts all rules that are left, whether they name a host or not. */
function hostsText(rules: readonly V1IngressRule[]): string {
  const hosts: string[] = [];
  let isMore = false;
  for (const { host } of rules) {
    if (hosts.length === SHOWN_HOSTS) isMore = true;
    else if (host) hosts.push(host);
  }
  const text = hosts.join(",") || "*";
  return isMore ? `${text} + ${rules.length - SHOWN_HOSTS} more...` : text;
}

function addressText({ ingress = [] }: V1IngressLoadBalancerStatus): string {
  const addresses = new Set(ingress.map(({ ip, hostname }) => ip || hostname || "").filter(Boolean));
  return [...addresses].sort().join(",");
}
