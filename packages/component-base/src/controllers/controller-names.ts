/**
 * What the flag --controllers calls controllers: upstream's names, and what they were called before. Names of which there is
 * no controller here are known, too, as scripts name them. Upstream: cmd/kube-controller-manager/names/controller_names.go
 */
const ALIASES: Readonly<Record<string, string>> = {
  "serviceaccount-token-controller": "serviceaccount-token",
  "endpoints-controller": "endpoint",
  "endpointslice-controller": "endpointslice",
  "endpointslice-mirroring-controller": "endpointslicemirroring",
  "replicationcontroller-controller": "replicationcontroller",
  "pod-garbage-collector-controller": "podgc",
  "resourcequota-controller": "resourcequota",
  "namespace-controller": "namespace",
  "serviceaccount-controller": "serviceaccount",
  "garbage-collector-controller": "garbagecollector",
  "daemonset-controller": "daemonset",
  "job-controller": "job",
  "deployment-controller": "deployment",
  "replicaset-controller": "replicaset",
  "horizontal-pod-autoscaler-controller": "horizontalpodautoscaling",
  "disruption-controller": "disruption",
  "statefulset-controller": "statefulset",
  "cronjob-controller": "cronjob",
  "certificatesigningrequest-signing-controller": "csrsigning",
  "certificatesigningrequest-approving-controller": "csrapproving",
  "certificatesigningrequest-cleaner-controller": "csrcleaner",
  "ttl-controller": "ttl",
  "bootstrap-signer-controller": "bootstrapsigner",
  "token-cleaner-controller": "tokencleaner",
  "node-ipam-controller": "nodeipam",
  "node-lifecycle-controller": "nodelifecycle",
  "persistentvolume-binder-controller": "persistentvolume-binder",
  "persistentvolume-attach-detach-controller": "attachdetach",
  "persistentvolume-expander-controller": "persistentvolume-expander",
  "clusterrole-aggregation-controller": "clusterrole-aggregation",
  "persistentvolumeclaim-protection-controller": "pvc-protection",
  "persistentvolume-protection-controller": "pv-protection",
  "ttl-after-finished-controller": "ttl-after-finished",
  "root-ca-certificate-publisher-controller": "root-ca-cert-publisher",
  "ephemeral-volume-controller": "ephemeral-volume",
  "storageversion-garbage-collector-controller": "storage-version-gc",
  "resourceclaim-controller": "resource-claim-controller",
  "legacy-serviceaccount-token-cleaner-controller": "legacy-service-account-token-cleaner",
};

const UNALIASED: readonly string[] = [
  "podcertificaterequest-cleaner-controller",
  "taint-eviction-controller",
  "device-taint-eviction-controller",
  "podgroup-protection-controller",
  "kube-apiserver-serving-clustertrustbundle-publisher-controller",
  "resourcepoolstatusrequest-controller",
  "validatingadmissionpolicy-status-controller",
  "volumeattributesclass-protection-controller",
  "service-cidr-controller",
  "storage-version-migrator-controller",
  "selinux-warning-controller",
];

/** Upstream: cmd/kube-controller-manager/app/controllermanager.go#ControllersDisabledByDefault */
const OFF_BY_DEFAULT: ReadonlySet<string> = new Set([
  "bootstrap-signer-controller",
  "token-cleaner-controller",
  "selinux-warning-controller",
]);

/** Of what is one controller upstream, and several here. */
const PARTS: Readonly<Record<string, string>> = {
  "terminated-pod-garbage-collector": "pod-garbage-collector-controller",
  "unscheduled-pod-garbage-collector": "pod-garbage-collector-controller",
  "orphaned-job-pod-controller": "job-controller",
  "stale-disruption-controller": "disruption-controller",
};

const NAMES: readonly string[] = [...Object.keys(ALIASES), ...UNALIASED];
const BY_ALIAS: ReadonlyMap<string, string> = new Map(Object.entries(ALIASES).map(([name, alias]) => [alias, name]));

export const ALL_CONTROLLERS = "*";

/** Whether the flag wants a controller. The first word about it counts, before what is said of all. */
interface ControllerSelection {
  has(name: string): boolean;
}

/**
 * Reads "*,-namespace-controller,bootstrap-signer-controller". Throws for what is no controller's name.
 * Upstream: controller-manager/app/helper.go#IsControllerEnabled
 */
export function parseControllers(text: string): ControllerSelection {
  const wanted = new Map<string, boolean>();
  for (const word of text.split(",").map((one) => one.trim())) {
    if (word === "" || word === ALL_CONTROLLERS) continue;
    const isOff = word.startsWith("-");
    const said = isOff ? word.slice(1) : word;
    const name = BY_ALIAS.get(said) ?? said;
    if (!NAMES.includes(name)) throw new Error(`${JSON.stringify(said)} is not in the list of known controllers`);
    if (!wanted.has(name)) wanted.set(name, !isOff);
  }
  const hasAll = text.split(",").some((word) => word.trim() === ALL_CONTROLLERS);
  return {
    has(name) {
      const whole = Object.hasOwn(PARTS, name) ? PARTS[name]! : name;
      return wanted.get(whole) ?? (hasAll && !OFF_BY_DEFAULT.has(whole));
    },
  };
}
