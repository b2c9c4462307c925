import type { Client } from "@dingi/client";
import type { AdmissionPlugin } from "./chain.ts";
import { Namespaces } from "./matching/namespaces.ts";
import { CertificateApproval } from "./plugins/certificateapproval/certificate-approval.ts";
import { CertificateSigning } from "./plugins/certificatesigning/certificate-signing.ts";
import { CertificateSubjectRestriction } from "./plugins/certificatesubjectrestriction/certificate-subject-restriction.ts";
import { DefaultIngressClass } from "./plugins/defaultingressclass/default-ingress-class.ts";
import { DefaultStorageClass } from "./plugins/defaultstorageclass/default-storage-class.ts";
import { ClusterTrustBundleAttest } from "./plugins/clustertrustbundleattest/cluster-trust-bundle-attest.ts";
import {
  DefaultTolerationSeconds,
  type DefaultTolerationOptions,
} from "./plugins/defaulttolerationseconds/default-toleration-seconds.ts";
import { LimitRanger } from "./plugins/limitranger/limit-ranger.ts";
import { NamespaceLifecycle } from "./plugins/namespacelifecycle/namespace-lifecycle.ts";
import { MutatingAdmissionWebhook } from "./plugins/mutatingadmissionwebhook/mutating-admission-webhook.ts";
import { NodeRestriction } from "./plugins/noderestriction/node-restriction.ts";
import { PersistentVolumeClaimResize } from "./plugins/persistentvolumeclaimresize/persistent-volume-claim-resize.ts";
import { PodTopologyLabels } from "./plugins/podtopologylabels/pod-topology-labels.ts";
import { PodSecurity } from "./plugins/podsecurity/pod-security.ts";
import { PriorityAdmission } from "./plugins/priority/priority.ts";
import { ResourceQuotaAdmission } from "./plugins/resourcequota/resource-quota.ts";
import { RuntimeClassAdmission } from "./plugins/runtimeclass/runtime-class.ts";
import { ServiceAccountAdmission } from "./plugins/serviceaccount/service-account.ts";
import { StorageObjectInUseProtection } from "./plugins/storageobjectinuseprotection/storage-object-in-use-protection.ts";
import { TaintNodesByCondition } from "./plugins/taintnodesbycondition/taint-nodes-by-condition.ts";
import { ValidatingAdmissionWebhook } from "./plugins/validatingadmissionwebhook/validating-admission-webhook.ts";
import type { WebhookPluginParts } from "./webhook/plugin-parts.ts";

/** What plugins are made of. */
interface AdmissionParts extends WebhookPluginParts {
  /** Of this server itself. */
  readonly client: () => Client;
  readonly tolerations: DefaultTolerationOptions;
}

/** By upstream's names, in upstream's order. Upstream: pkg/kubeapiserver/options/plugins.go#AllOrderedPlugins */
const ORDER: Readonly<Record<string, (parts: AdmissionParts) => AdmissionPlugin>> = {
  NamespaceLifecycle: ({ feed }) => new NamespaceLifecycle(feed),
  LimitRanger: ({ feed }) => new LimitRanger(feed),
  ServiceAccount: ({ feed, clock, random }) => new ServiceAccountAdmission(feed, clock, random),
  NodeRestriction: ({ feed, authorizer }) => new NodeRestriction(feed, authorizer),
  TaintNodesByCondition: () => new TaintNodesByCondition(),
  PodSecurity: ({ feed, clock, namespaces }) => new PodSecurity({ feed, clock, namespaces }),
  Priority: ({ feed }) => new PriorityAdmission(feed),
  DefaultTolerationSeconds: ({ tolerations }) => new DefaultTolerationSeconds(tolerations),
  DefaultStorageClass: ({ feed }) => new DefaultStorageClass(feed),
  StorageObjectInUseProtection: () => new StorageObjectInUseProtection(),
  PersistentVolumeClaimResize: ({ feed }) => new PersistentVolumeClaimResize(feed),
  RuntimeClass: ({ feed }) => new RuntimeClassAdmission(feed),
  CertificateApproval: ({ authorizer }) => new CertificateApproval(authorizer),
  CertificateSigning: ({ authorizer }) => new CertificateSigning(authorizer),
  ClusterTrustBundleAttest: ({ authorizer }) => new ClusterTrustBundleAttest(authorizer),
  CertificateSubjectRestriction: () => new CertificateSubjectRestriction(),
  DefaultIngressClass: ({ feed }) => new DefaultIngressClass(feed),
  PodTopologyLabels: ({ feed }) => new PodTopologyLabels(feed),
  MutatingAdmissionWebhook: (parts) => new MutatingAdmissionWebhook(parts),
  ValidatingAdmissionWebhook: (parts) => new ValidatingAdmissionWebhook(parts),
  // Last, so that what others refuse is not charged.
  ResourceQuota: ({ feed, clock, client }) => new ResourceQuotaAdmission({ feed, clock, client }),
};

export function admissionPlugins(own: Omit<AdmissionParts, "namespaces">): readonly AdmissionPlugin[] {
  const parts = { ...own, namespaces: new Namespaces(own.feed) };
  return Object.values(ORDER).map((make) => make(parts));
}
