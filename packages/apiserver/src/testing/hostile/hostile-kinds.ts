import { certificateSigningRequest } from "./certificate-signing-request.ts";
import { clusterRole } from "./cluster-role.ts";
import { configMap } from "./config-map.ts";
import { deployment } from "./deployment.ts";
import { endpointSlice } from "./endpoint-slice.ts";
import { event } from "./event.ts";
import { lease } from "./lease.ts";
import { namespace } from "./namespace.ts";
import { node } from "./node.ts";
import { pod } from "./pod.ts";
import { service } from "./service.ts";
import { serviceAccount } from "./service-account.ts";
import type { HostileKind } from "./hostile-kind.ts";
import type { TestServer } from "../test-server.ts";

export const HOSTILE_KINDS: Readonly<Record<string, HostileKind>> = {
  Pod: pod,
  ConfigMap: configMap,
  Deployment: deployment,
  ClusterRole: clusterRole,
  Node: node,
  Event: event,
  EndpointSlice: endpointSlice,
  Service: service,
  CertificateSigningRequest: certificateSigningRequest,
  ServiceAccount: serviceAccount,
  Lease: lease,
  Namespace: namespace,
};

/** What the shapes update and patch: an object "target" of each kind. */
export async function makeTargets(server: TestServer): Promise<void> {
  const { url, base } = serviceAccount;
  await server.send({ method: "POST", url, body: { ...base, metadata: { name: "default" } } });
  for (const { url, base } of Object.values(HOSTILE_KINDS))
    await server.send({ method: "POST", url, body: { ...base, metadata: { name: "target" } } });
}
