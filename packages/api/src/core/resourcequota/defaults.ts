import type { Draft } from "@dingi/apimachinery";
import { roundResources } from "../pod/resources.ts";
import type { V1ResourceQuota } from "./resourcequota.gen.ts";

/** Upstream: pkg/apis/core/v1/zz_generated.defaults.go#SetObjectDefaults_ResourceQuota */
export function defaultResourceQuota(quota: Draft<V1ResourceQuota>): void {
  quota.spec ??= {};
  quota.status ??= {};
  for (const list of [quota.spec.hard, quota.status.hard, quota.status.used]) roundResources(list);
}
