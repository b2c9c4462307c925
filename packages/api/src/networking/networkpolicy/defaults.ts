import type { Draft } from "@dingi/apimachinery";
import type { V1NetworkPolicy } from "./networkpolicy.gen.ts";

/** What is said of egress makes it a policy of egress, too. Upstream: pkg/apis/networking/v1/defaults.go#SetDefaults_NetworkPolicy */
export function defaultNetworkPolicy({ spec }: Draft<V1NetworkPolicy>): void {
  const { ingress = [], egress = [] } = spec;
  for (const { ports = [] } of [...ingress, ...egress]) for (const port of ports) port.protocol ??= "TCP";
  if (!spec.policyTypes?.length) spec.policyTypes = egress.length > 0 ? ["Ingress", "Egress"] : ["Ingress"];
}
