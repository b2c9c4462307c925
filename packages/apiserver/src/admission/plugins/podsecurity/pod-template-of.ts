import {
  CronJob,
  DaemonSet,
  Deployment,
  Job,
  PodTemplate as PodTemplateKind,
  ReplicaSet,
  ReplicationController,
  StatefulSet,
  type V1CronJob,
} from "@dingi/api";
import type { KubeObject } from "@dingi/apimachinery";
import type { AdmissionAttributes } from "../../attributes.ts";
import type { PodTemplate } from "./checks/check.ts";

type Find = (object: KubeObject) => Partial<PodTemplate> | undefined;

const ofSpec: Find = (object) => (object as unknown as { spec?: { template?: PodTemplate } }).spec?.template;

const FINDERS: ReadonlyMap<string, Find> = new Map<string, Find>([
  ...[ReplicationController, ReplicaSet, Deployment, StatefulSet, DaemonSet, Job].map(
    ({ group, plural }) => [`${group}/${plural}`, ofSpec] as const,
  ),
  [`${PodTemplateKind.group}/${PodTemplateKind.plural}`, (object) => (object as { template?: PodTemplate }).template],
  [
    `${CronJob.group}/${CronJob.plural}`,
    (object) => (object as unknown as V1CronJob).spec.jobTemplate.spec?.template as PodTemplate | undefined,
  ],
]);

/** How the pods that a kind makes are found in its objects; undefined for kinds that make none. Upstream: pod-security-admission/admission/admission.go#defaultPodSpecResources */
export function templateFinder({
  kind,
}: AdmissionAttributes): ((object: KubeObject) => PodTemplate | undefined) | undefined {
  const find = FINDERS.get(`${kind.group}/${kind.plural}`);
  if (!find) return undefined;
  return (object) => {
    const template = find(object);
    return template?.spec && { metadata: template.metadata ?? {}, spec: template.spec };
  };
}
