import type { Draft } from "@dingi/apimachinery";
import { defaultPullPolicy } from "./image-reference.ts";
import type {
  V1Container,
  V1EnvVar,
  V1HTTPGetAction,
  V1Pod,
  V1PodSpec,
  V1PodStatus,
  V1PodTemplateSpec,
  V1Probe,
} from "./pod.gen.ts";
import { roundResources } from "./resources.ts";
import { defaultVolume } from "./volume-defaults.ts";

const DEFAULT_GRACE_SECONDS = 30;

/** Upstream: pkg/apis/core/v1/zz_generated.defaults.go#SetObjectDefaults_Pod */
export function defaultPod(pod: Draft<V1Pod>): void {
  pod.spec ??= { containers: [] };
  pod.status ??= {};
  const { spec } = pod;
  if ((spec.terminationGracePeriodSeconds ?? 0) < 0) spec.terminationGracePeriodSeconds = 1;
  for (const container of [...(spec.containers ?? []), ...(spec.initContainers ?? [])]) {
    requestWhatIsLimited(container);
    if (spec.hostNetwork) useHostPorts(container);
  }
  spec.enableServiceLinks ??= true;
  defaultPodSpec(spec);
  defaultPodStatus(pod.status);
}

export function defaultPodTemplate(template: Draft<V1PodTemplateSpec>): void {
  template.metadata ??= {};
  template.spec ??= { containers: [] };
  defaultPodSpec(template.spec);
}

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_PodSpec and what hangs below */
function defaultPodSpec(spec: Draft<V1PodSpec>): void {
  spec.serviceAccountName ||= spec.serviceAccount;
  spec.serviceAccount = spec.serviceAccountName;
  spec.dnsPolicy ||= "ClusterFirst";
  spec.restartPolicy ||= "Always";
  spec.securityContext ??= {};
  spec.terminationGracePeriodSeconds ??= DEFAULT_GRACE_SECONDS;
  spec.schedulerName ||= "default-scheduler";
  for (const volume of spec.volumes ?? []) defaultVolume(volume);
  for (const container of spec.initContainers ?? []) defaultContainer(container);
  for (const container of spec.containers ?? []) defaultContainer(container);
  for (const container of spec.ephemeralContainers ?? []) defaultContainer(container);
  roundResources(spec.overhead);
  roundResources(spec.resources?.limits);
  roundResources(spec.resources?.requests);
}

function requestWhatIsLimited({ resources }: Draft<V1Container>): void {
  if (resources?.limits) resources.requests = { ...resources.limits, ...resources.requests };
}

function useHostPorts(container: Draft<V1Container>): void {
  for (const port of container.ports ?? []) port.hostPort ||= port.containerPort;
}

function defaultContainer(container: Draft<V1Container>): void {
  container.imagePullPolicy ||= defaultPullPolicy(container.image ?? "");
  container.terminationMessagePath ||= "/dev/termination-log";
  container.terminationMessagePolicy ||= "File";
  container.resources ??= {};
  roundResources(container.resources.limits);
  roundResources(container.resources.requests);
  for (const port of container.ports ?? []) port.protocol ||= "TCP";
  for (const variable of container.env ?? []) defaultEnv(variable);
  for (const probe of [container.livenessProbe, container.readinessProbe, container.startupProbe]) defaultProbe(probe);
  defaultHttpGet(container.lifecycle?.postStart?.httpGet);
  defaultHttpGet(container.lifecycle?.preStop?.httpGet);
}

function defaultEnv({ valueFrom }: Draft<V1EnvVar>): void {
  if (valueFrom?.fieldRef) valueFrom.fieldRef.apiVersion ||= "v1";
  if (valueFrom?.fileKeyRef) valueFrom.fileKeyRef.optional ??= false;
}

function defaultProbe(probe: Draft<V1Probe> | undefined): void {
  if (!probe) return;
  probe.timeoutSeconds ||= 1;
  probe.periodSeconds ||= 10;
  probe.successThreshold ||= 1;
  probe.failureThreshold ||= 3;
  defaultHttpGet(probe.httpGet);
  if (probe.grpc) probe.grpc.service ??= "";
}

function defaultHttpGet(action: Draft<V1HTTPGetAction> | undefined): void {
  if (!action) return;
  action.path ||= "/";
  action.scheme ||= "HTTP";
}

/** The first of `podIPs` is `podIP`. Upstream: …/defaults.go#SetDefaults_PodStatus */
function defaultPodStatus(status: Draft<V1PodStatus>): void {
  const first = status.podIPs?.[0]?.ip;
  if (status.podIP && status.podIP !== first) status.podIPs = [{ ip: status.podIP }];
  else if (first) status.podIP = first;
  const statuses = [status.initContainerStatuses, status.containerStatuses, status.ephemeralContainerStatuses];
  for (const container of statuses.flatMap((list) => list ?? [])) {
    roundResources(container.allocatedResources);
    roundResources(container.resources?.limits);
    roundResources(container.resources?.requests);
  }
  roundResources(status.allocatedResources);
  roundResources(status.resources?.limits);
  roundResources(status.resources?.requests);
}
