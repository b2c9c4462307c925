import type { ServedKinds } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import type { AdmissionPlugin } from "./chain.ts";
import { enabledPlugins, type AdmissionSwitches } from "./enabled-plugins.ts";
import type { PluginSettings } from "./plugin-settings.ts";
import { Namespaces } from "./matching/namespaces.ts";
import { AlwaysDeny } from "./plugins/alwaysdeny/always-deny.ts";
import { AlwaysPullImages } from "./plugins/alwayspullimages/always-pull-images.ts";
import { DenyServiceExternalIPs } from "./plugins/denyserviceexternalips/deny-service-external-ips.ts";
import { ExtendedResourceToleration } from "./plugins/extendedresourcetoleration/extended-resource-toleration.ts";
import { LimitPodHardAntiAffinityTopology } from "./plugins/limitpodhardantiaffinitytopology/limit-pod-hard-anti-affinity-topology.ts";
import { NamespaceAutoProvision } from "./plugins/namespaceautoprovision/namespace-auto-provision.ts";
import { NamespaceExists } from "./plugins/namespaceexists/namespace-exists.ts";
import { OwnerReferencesPermissionEnforcement } from "./plugins/ownerreferencespermissionenforcement/owner-references-permission-enforcement.ts";
import { EventRateLimit } from "./plugins/eventratelimit/event-rate-limit.ts";
import { PodNodeSelector } from "./plugins/podnodeselector/pod-node-selector.ts";
import { PodTolerationRestriction } from "./plugins/podtolerationrestriction/pod-toleration-restriction.ts";
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

/** Which plugins are on, and what is said to them. */
export interface AdmissionOptions extends AdmissionSwitches {
  readonly settings?: PluginSettings;
}

/** What plugins are made of. */
interface AdmissionParts extends WebhookPluginParts, PolicyPluginParts {
  /** Of this server itself. */
  readonly client: () => Client;
  readonly kinds: ServedKinds;
  readonly settings: PluginSettings;
  readonly tolerations: DefaultTolerationOptions;
}

/** By upstream's names, in upstream's order. Upstream: pkg/kubeapiserver/options/plugins.go#AllOrderedPlugins */
const ORDER: Readonly<Record<string, (parts: AdmissionParts) => AdmissionPlugin>> = {
  // Lets everything be.
  AlwaysAdmit: () => ({ handles: () => false }),
  NamespaceAutoProvision: ({ feed, client }) => new NamespaceAutoProvision(feed, client),
  NamespaceLifecycle: ({ feed }) => new NamespaceLifecycle(feed),
  NamespaceExists: ({ namespaces }) => new NamespaceExists(namespaces),
  LimitPodHardAntiAffinityTopology: () => new LimitPodHardAntiAffinityTopology(),
  LimitRanger: ({ feed }) => new LimitRanger(feed),
  ServiceAccount: ({ feed, clock, random }) => new ServiceAccountAdmission(feed, clock, random),
  NodeRestriction: ({ feed, authorizer }) => new NodeRestriction(feed, authorizer),
  TaintNodesByCondition: () => new TaintNodesByCondition(),
  AlwaysPullImages: () => new AlwaysPullImages(),
  PodSecurity: ({ settings, ...parts }) => new PodSecurity({ ...parts, ...settings.PodSecurity }),
  PodNodeSelector: ({ namespaces, settings }) => new PodNodeSelector(namespaces, settings.PodNodeSelector),
  Priority: ({ feed }) => new PriorityAdmission(feed),
  DefaultTolerationSeconds: ({ tolerations }) => new DefaultTolerationSeconds(tolerations),
  PodTolerationRestriction: ({ namespaces, settings }) =>
    new PodTolerationRestriction(namespaces, settings.PodTolerationRestriction),
  EventRateLimit: ({ clock, settings }) => new EventRateLimit(clock, settings.EventRateLimit ?? []),
  ExtendedResourceToleration: () => new ExtendedResourceToleration(),
  DefaultStorageClass: ({ feed }) => new DefaultStorageClass(feed),
  StorageObjectInUseProtection: () => new StorageObjectInUseProtection(),
  OwnerReferencesPermissionEnforcement: ({ authorizer, kinds }) =>
    new OwnerReferencesPermissionEnforcement(authorizer, kinds),
  PersistentVolumeClaimResize: ({ feed }) => new PersistentVolumeClaimResize(feed),
  RuntimeClass: ({ feed }) => new RuntimeClassAdmission(feed),
  CertificateApproval: ({ authorizer }) => new CertificateApproval(authorizer),
  CertificateSigning: ({ authorizer }) => new CertificateSigning(authorizer),
  ClusterTrustBundleAttest: ({ authorizer }) => new ClusterTrustBundleAttest(authorizer),
  CertificateSubjectRestriction: () => new CertificateSubjectRestriction(),
  DefaultIngressClass: ({ feed }) => new DefaultIngressClass(feed),
  DenyServiceExternalIPs: () => new DenyServiceExternalIPs(),
  PodTopologyLabels: ({ feed }) => new PodTopologyLabels(feed),
  MutatingAdmissionPolicy: (parts) => new MutatingAdmissionPolicy(parts),
  MutatingAdmissionWebhook: (parts) => new MutatingAdmissionWebhook(parts),
  ValidatingAdmissionPolicy: (parts) => new ValidatingAdmissionPolicy(parts),
  ValidatingAdmissionWebhook: (parts) => new ValidatingAdmissionWebhook(parts),
  // Last, so that what others refuse is not charged.
  ResourceQuota: ({ settings, ...parts }) => new ResourceQuotaAdmission({ ...parts, ...settings.ResourceQuota }),
  AlwaysDeny: () => new AlwaysDeny(),
};

/** As kubeadm has it: nodes are held to what is theirs. */
const DEFAULT: AdmissionOptions = { enable: ["NodeRestriction"] };

/** Throws when a plugin is switched that is none. */
export function admissionPlugins(
  own: Omit<AdmissionParts, "namespaces" | "params" | "settings">,
  { settings = {}, ...switches }: AdmissionOptions = DEFAULT,
): readonly AdmissionPlugin[] {
  const namespaces = new Namespaces(own.feed);
  const params = new Params(own.feed, own.kinds);
  const parts = { ...own, settings, namespaces, params };
  return enabledPlugins(Object.keys(ORDER), switches).map((name) => ORDER[name]!(parts));
}
