import { describeConfigMap, describeNamespace, describeSecret, describeServiceAccount } from "./data.ts";
import type { Describer } from "./describer.ts";
import { describeNode } from "./node.ts";
import { describePod } from "./pod.ts";
import { describeLimitRange, describeResourceQuota } from "./quota.ts";
import { describeService } from "./service.ts";
import { describeDeployment, describeReplicaSet } from "./workloads.ts";

/** The kinds that are told in words of their own; others are described generically. */
export const describers: Readonly<Record<string, Describer>> = {
  "v1/Pod": describePod,
  "v1/Node": describeNode,
  "v1/Service": describeService,
  "v1/ConfigMap": describeConfigMap,
  "v1/Secret": describeSecret,
  "v1/ServiceAccount": describeServiceAccount,
  "v1/Namespace": describeNamespace,
  "v1/ResourceQuota": describeResourceQuota,
  "v1/LimitRange": describeLimitRange,
  "apps/v1/Deployment": describeDeployment,
  "apps/v1/ReplicaSet": describeReplicaSet,
};

/** Kinds that upstream describes without their events. */
export const EVENTLESS: ReadonlySet<string> = new Set([
  "v1/Secret",
  "v1/Namespace",
  "v1/ResourceQuota",
  "v1/LimitRange",
]);
