import { V1LabelSelector, V1ObjectMeta } from "../meta/meta.gen.ts";
import { s, type StructSchema } from "../schema/schema.ts";

/** A cut-out of upstream's wire types for this package's tests: every sort of schema node, with upstream's numbers and keys. */
const core = (name: string): string => `io.k8s.api.core.v1.${name}`;

const EnvVar = s.struct(core("EnvVar"), () => [s.field("name", 1, s.string), s.field("value", 2, s.string, { omitempty: true })]);

const ContainerPort = s.struct(core("ContainerPort"), () => [
  s.field("name", 1, s.string, { omitempty: true }),
  s.field("hostPort", 2, s.int32, { omitempty: true }),
  s.field("containerPort", 3, s.int32),
  s.field("protocol", 4, s.string, { omitempty: true, default: "TCP" }),
]);

const ResourceRequirements = s.struct(core("ResourceRequirements"), () => [
  s.field("limits", 1, s.map(s.quantity), { omitempty: true }),
  s.field("requests", 2, s.map(s.quantity), { omitempty: true }),
]);

const HTTPGetAction = s.struct(core("HTTPGetAction"), () => [
  s.field("path", 1, s.string, { omitempty: true }),
  s.field("port", 2, s.intOrString),
]);

const ProbeHandler = s.struct(core("ProbeHandler"), () => [s.field("httpGet", 2, HTTPGetAction, { pointer: true, omitempty: true })]);

const Probe = s.struct(core("Probe"), () => [
  s.field("", 1, ProbeHandler),
  s.field("periodSeconds", 4, s.int32, { omitempty: true }),
]);

const Container = s.struct(core("Container"), () => [
  s.field("name", 1, s.string),
  s.field("image", 2, s.string, { omitempty: true }),
  s.field("args", 4, s.list(s.string, { listType: "atomic" }), { omitempty: true }),
  s.field("ports", 6, s.list(ContainerPort, { listType: "map", keys: ["containerPort", "protocol"] }), {
    omitempty: true,
    patchStrategy: "merge",
    patchMergeKey: "containerPort",
  }),
  s.field("env", 7, s.list(EnvVar, { listType: "map", keys: ["name"] }), { omitempty: true, patchStrategy: "merge", patchMergeKey: "name" }),
  s.field("resources", 8, ResourceRequirements, { omitempty: true }),
  s.field("livenessProbe", 10, Probe, { pointer: true, omitempty: true }),
]);

const EmptyDir = s.struct(core("EmptyDirVolumeSource"), () => [
  s.field("medium", 1, s.string, { omitempty: true }),
  s.field("sizeLimit", 2, s.quantity, { pointer: true, omitempty: true }),
]);

const ConfigMapVolume = s.struct(core("ConfigMapVolumeSource"), () => [
  s.field("name", 1, s.string, { omitempty: true }),
  s.field("optional", 4, s.bool, { pointer: true, omitempty: true }),
]);

const VolumeSource = s.struct(core("VolumeSource"), () => [
  s.field("emptyDir", 2, EmptyDir, { pointer: true, omitempty: true }),
  s.field("configMap", 19, ConfigMapVolume, { pointer: true, omitempty: true }),
]);

const Volume = s.struct(core("Volume"), () => [s.field("name", 1, s.string), s.field("", 2, VolumeSource)]);

const NodeSelector = s.struct(
  core("NodeSelector"),
  () => [s.field("nodeSelectorTerms", 1, s.list(s.string, { listType: "atomic" }))],
  { atomic: true },
);

const Toleration = s.struct(core("Toleration"), () => [
  s.field("key", 1, s.string, { omitempty: true }),
  s.field("tolerationSeconds", 5, s.int64, { pointer: true, omitempty: true }),
]);

const PodSpec: StructSchema = s.struct(core("PodSpec"), () => [
  s.field("volumes", 1, s.list(Volume, { listType: "map", keys: ["name"] }), {
    omitempty: true,
    patchStrategy: "merge,retainKeys",
    patchMergeKey: "name",
  }),
  s.field("containers", 2, s.list(Container, { listType: "map", keys: ["name"] }), { patchStrategy: "merge", patchMergeKey: "name" }),
  s.field("restartPolicy", 3, s.string, { omitempty: true }),
  s.field("terminationGracePeriodSeconds", 4, s.int64, { pointer: true, omitempty: true }),
  s.field("nodeSelector", 7, s.map(s.string, { atomic: true }), { omitempty: true }),
  s.field("nodeName", 10, s.string, { omitempty: true }),
  s.field("hostNetwork", 11, s.bool, { omitempty: true }),
  s.field("tolerations", 22, s.list(Toleration, { listType: "atomic" }), { omitempty: true }),
  s.field("nodeAffinity", 100, NodeSelector, { pointer: true, omitempty: true }),
]);

const PodCondition = s.struct(core("PodCondition"), () => [
  s.field("type", 1, s.string),
  s.field("status", 2, s.string),
  s.field("lastTransitionTime", 4, s.time, { omitempty: true }),
]);

const PodStatus = s.struct(core("PodStatus"), () => [
  s.field("phase", 1, s.string, { omitempty: true }),
  s.field("conditions", 2, s.list(PodCondition, { listType: "map", keys: ["type"] }), {
    omitempty: true,
    patchStrategy: "merge",
    patchMergeKey: "type",
  }),
  s.field("startTime", 7, s.time, { pointer: true, omitempty: true }),
]);

export const Pod: StructSchema = s.struct(core("Pod"), () => [
  s.field("metadata", 1, V1ObjectMeta, { omitempty: true }),
  s.field("spec", 2, PodSpec, { omitempty: true }),
  s.field("status", 3, PodStatus, { omitempty: true }),
]);

const DeploymentStrategy = s.struct("io.k8s.api.apps.v1.DeploymentStrategy", () => [
  s.field("type", 1, s.string, { omitempty: true }),
  s.field("rollingUpdate", 2, s.struct("io.k8s.api.apps.v1.RollingUpdateDeployment", () => [s.field("maxSurge", 2, s.intOrString, { pointer: true, omitempty: true })]), {
    pointer: true,
    omitempty: true,
  }),
]);

const PodTemplateSpec = s.struct(core("PodTemplateSpec"), () => [
  s.field("metadata", 1, V1ObjectMeta, { omitempty: true }),
  s.field("spec", 2, PodSpec, { omitempty: true }),
]);

const DeploymentSpec = s.struct("io.k8s.api.apps.v1.DeploymentSpec", () => [
  s.field("replicas", 1, s.int32, { pointer: true, omitempty: true }),
  s.field("selector", 2, V1LabelSelector, { pointer: true }),
  s.field("template", 3, PodTemplateSpec),
  s.field("strategy", 4, DeploymentStrategy, { omitempty: true, patchStrategy: "retainKeys" }),
  s.field("paused", 7, s.bool, { omitempty: true }),
]);

export const Deployment: StructSchema = s.struct("io.k8s.api.apps.v1.Deployment", () => [
  s.field("metadata", 1, V1ObjectMeta, { omitempty: true }),
  s.field("spec", 2, DeploymentSpec, { omitempty: true }),
]);

/** What no real kind has all at once. */
export const Everything: StructSchema = s.struct("io.k8s.api.core.v1.Everything", () => [
  s.field("metadata", 1, V1ObjectMeta, { omitempty: true }),
  s.field("data", 2, s.map(s.bytes), { omitempty: true }),
  s.field("bytes", 3, s.bytes),
  s.field("micro", 4, s.microTime, { pointer: true, omitempty: true }),
  s.field("time", 5, s.time),
  s.field("duration", 6, s.duration, { pointer: true, omitempty: true }),
  s.field("float", 7, s.float64, { omitempty: true }),
  s.field("raw", 8, s.rawExtension, { pointer: true, omitempty: true }),
  s.field("any", 0, s.json, { omitempty: true }),
  s.field("extra", 10, s.map(s.list(s.string)), { omitempty: true }),
  s.field("finalizers", 11, s.list(s.string, { listType: "set" }), { omitempty: true, patchStrategy: "merge" }),
  s.field("numbers", 12, s.list(s.int64), { omitempty: true }),
  s.field("quantity", 13, s.quantity),
]);
