import type { ServedKinds } from "@dingi/apimachinery";
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
import { MutatingAdmissionPolicy } from "./plugins/mutatingadmissionpolicy/mutating-admission-policy.ts";
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
import { ValidatingAdmissionPolicy } from "./plugins/validatingadmissionpolicy/validating-admission-policy.ts";
import { ValidatingAdmissionWebhook } from "./plugins/validatingadmissionwebhook/validating-admission-webhook.ts";
import { Params } from "./policy/params.ts";
import type { PolicyPluginParts } from "./policy/policy-parts.ts";
import type { WebhookPluginParts } from "./webhook/plugin-parts.ts";

/** What plugins are made of. */
interface AdmissionParts extends WebhookPluginParts, PolicyPluginParts {
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
  MutatingAdmissionPolicy: (parts) => new MutatingAdmissionPolicy(parts),
  MutatingAdmissionWebhook: (parts) => new MutatingAdmissionWebhook(parts),
  ValidatingAdmissionPolicy: (parts) => new ValidatingAdmissionPolicy(parts),
  ValidatingAdmissionWebhook: (parts) => new ValidatingAdmissionWebhook(parts),
  // Last, so that what others refuse is not charged.
  ResourceQuota: ({ feed, clock, client }) => new ResourceQuotaAdmission({ feed, clock, client }),
};

type GivenParts = Omit<AdmissionParts, "namespaces" | "params"> & { readonly kinds: ServedKinds };

export function admissionPlugins({ kinds, ...own }: GivenParts): readonly AdmissionPlugin[] {
  const parts = { ...own, namespaces: new Namespaces(own.feed), params: new Params(own.feed, kinds) };
  return Object.values(ORDER).map((make) => make(parts));
}
