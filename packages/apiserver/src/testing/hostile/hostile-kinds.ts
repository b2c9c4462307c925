import { validatingAdmissionPolicy, validatingWebhookConfiguration } from "./admission.ts";
import { customResourceDefinition } from "./custom-resource-definition.ts";
import {
  apiService,
  cronJob,
  flowSchema,
  horizontalPodAutoscaler,
  ingress,
  limitRange,
  networkPolicy,
  persistentVolume,
  resourceClaim,
  resourceQuota,
  resourceSlice,
} from "./further-kinds.ts";
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

/** Kinds of which only what is their own is tried: their metadata is read as that of the others. */
export const FURTHER_KINDS: Readonly<Record<string, HostileKind>> = {
  APIService: apiService,
  CronJob: cronJob,
  CustomResourceDefinition: customResourceDefinition,
  FlowSchema: flowSchema,
  HorizontalPodAutoscaler: horizontalPodAutoscaler,
  Ingress: ingress,
  LimitRange: limitRange,
  NetworkPolicy: networkPolicy,
  PersistentVolume: persistentVolume,
  ResourceClaim: resourceClaim,
  ResourceQuota: resourceQuota,
  ResourceSlice: resourceSlice,
  ValidatingAdmissionPolicy: validatingAdmissionPolicy,
  ValidatingWebhookConfiguration: validatingWebhookConfiguration,
};

/** What the shapes update and patch: an object "target" of each kind. */
export async function makeTargets(server: TestServer): Promise<void> {
  const { url, base } = serviceAccount;
  await server.send({ method: "POST", url, body: { ...base, metadata: { name: "default" } } });
  for (const { url, base, name = "target" } of Object.values({ ...HOSTILE_KINDS, ...FURTHER_KINDS }))
    await server.send({ method: "POST", url, body: { ...base, metadata: { name } } });
}
