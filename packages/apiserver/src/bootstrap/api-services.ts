import { groupOf, versionOf, type KubeObject } from "@dingi/apimachinery";

/** What the API server made, it keeps as it should be; upstream looks once, as it starts. */
export const AUTOMANAGED = "kube-aggregator.kubernetes.io/automanaged";

/** Of a group among the others, and of its versions. Upstream: pkg/controlplane/apiserver/aggregator.go#DefaultGenericAPIServicePriorities, cmd/kube-apiserver/app/aggregator.go */
const PRIORITIES: Readonly<Record<string, readonly [group: number, version: number]>> = {
  v1: [18_000, 1],
  "apps/v1": [17_800, 15],
  "events.k8s.io/v1": [17_750, 15],
  "authentication.k8s.io/v1": [17_700, 15],
  "authorization.k8s.io/v1": [17_600, 15],
  "autoscaling/v1": [17_500, 15],
  "autoscaling/v2": [17_500, 30],
  "batch/v1": [17_400, 15],
  "certificates.k8s.io/v1": [17_300, 15],
  "networking.k8s.io/v1": [17_200, 15],
  "policy/v1": [17_100, 15],
  "rbac.authorization.k8s.io/v1": [17_000, 15],
  "storage.k8s.io/v1": [16_800, 15],
  "apiextensions.k8s.io/v1": [16_700, 15],
  "admissionregistration.k8s.io/v1": [16_700, 15],
  "scheduling.k8s.io/v1": [16_600, 15],
  "coordination.k8s.io/v1": [16_500, 15],
  "node.k8s.io/v1": [16_300, 15],
  "discovery.k8s.io/v1": [16_200, 15],
  "resource.k8s.io/v1": [16_200, 21],
  "flowcontrol.apiserver.k8s.io/v1": [16_100, 21],
  "storagemigration.k8s.io/v1": [15_800, 15],
};

/** Of resource metrics as upstream's metrics-server gives it to itself: it comes in place of this one, which must not come back. */
const RESOURCE_METRICS = { apiVersion: "metrics.k8s.io/v1beta1", priorities: [100, 100] } as const;

/** Of the API by which others are registered, which comes first of all. */
const APISERVICES_PRIORITY = 20_000;
/** Of groups that nobody has given one. Upstream: pkg/controlplane/controller/crdregistration/crdregistration_controller.go */
const OTHERS_PRIORITY = 1000;

/** Where a group that is served here stands among the others: the higher, the earlier. */
export function groupPriorityOf(group: string): number {
  if (group === "") return Infinity;
  if (group === "apiregistration.k8s.io") return APISERVICES_PRIORITY;
  const found = Object.entries(PRIORITIES).find(([apiVersion]) => groupOf(apiVersion) === group);
  return found?.[1][0] ?? OTHERS_PRIORITY;
}

/** Those versions that the API server serves itself, but for that of APIServices. Upstream: kube-aggregator/pkg/controllers/autoregister/autoregister_controller.go */
export function localAPIServices(apiVersions: readonly string[]): KubeObject[] {
  const own = apiVersions
    .filter((apiVersion) => Object.hasOwn(PRIORITIES, apiVersion))
    .map((apiVersion) => localAPIService(apiVersion, PRIORITIES[apiVersion]!, { [AUTOMANAGED]: "onstart" }));
  const { apiVersion, priorities } = RESOURCE_METRICS;
  return apiVersions.includes(apiVersion) ? [...own, localAPIService(apiVersion, priorities)] : own;
}

function localAPIService(
  apiVersion: string,
  [groupPriorityMinimum, versionPriority]: readonly [group: number, version: number],
  labels?: Readonly<Record<string, string>>,
): KubeObject {
  const [group, version] = [groupOf(apiVersion), versionOf(apiVersion)];
  const metadata = { name: `${version}.${group}`, ...(labels ? { labels } : {}) };
  const spec = { ...(group === "" ? {} : { group }), version, groupPriorityMinimum, versionPriority };
  const service = { apiVersion: "apiregistration.k8s.io/v1", kind: "APIService", metadata, spec };
  return service;
}
