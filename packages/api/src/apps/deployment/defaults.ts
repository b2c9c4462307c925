import type { Draft } from "@dingi/apimachinery";
import { defaultPodTemplate } from "../../core/pod/defaults.ts";
import type { V1Deployment } from "./deployment.gen.ts";

/** Upstream: pkg/apis/apps/v1/defaults.go#SetDefaults_Deployment */
export function defaultDeployment(deployment: Draft<V1Deployment>): void {
  deployment.spec ??= { template: {} };
  deployment.status ??= {};
  const { spec } = deployment;
  spec.replicas ??= 1;
  spec.strategy ??= {};
  spec.strategy.type ||= "RollingUpdate";
  if (spec.strategy.type === "RollingUpdate") {
    spec.strategy.rollingUpdate ??= {};
    spec.strategy.rollingUpdate.maxUnavailable ??= "25%";
    spec.strategy.rollingUpdate.maxSurge ??= "25%";
  }
  spec.revisionHistoryLimit ??= 10;
  spec.progressDeadlineSeconds ??= 600;
  spec.template ??= {};
  defaultPodTemplate(spec.template);
}
