import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../pod/defaults.ts";
import type { V1ReplicationController } from "./replicationcontroller.gen.ts";

/** Upstream: pkg/apis/core/v1/defaults.go#SetDefaults_ReplicationController */
export function defaultReplicationController(controller: Draft<V1ReplicationController>): void {
  controller.spec ??= {};
  controller.status ??= { replicas: 0 };
  const { metadata, spec } = controller;
  spec.replicas ??= 1;
  const labels = spec.template?.metadata?.labels;
  if (labels) {
    if (isEmpty(spec.selector)) spec.selector = { ...labels };
    if (isEmpty(metadata.labels)) metadata.labels = { ...labels };
  }
  if (spec.template) defaultPodTemplate(spec.template);
}

const isEmpty = (labels: Readonly<Record<string, string>> | undefined): boolean =>
  Object.keys(labels ?? {}).length === 0;
