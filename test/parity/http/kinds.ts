import type { KindExample } from "./kind-example.ts";
import { ADMISSIONREGISTRATION_KINDS } from "./kinds/admissionregistration.ts";
import { APPS_KINDS } from "./kinds/apps.ts";
import { CERTIFICATES_KINDS } from "./kinds/certificates.ts";
import { AUTOSCALING_KINDS } from "./kinds/autoscaling.ts";
import { BATCH_KINDS } from "./kinds/batch.ts";
import { COORDINATION_KINDS } from "./kinds/coordination.ts";
import { CORE_VOLUMES_KINDS } from "./kinds/core-volumes.ts";
import { CORE_KINDS } from "./kinds/core.ts";
import { DISCOVERY_KINDS } from "./kinds/discovery.ts";
import { EVENTS_KINDS } from "./kinds/events.ts";
import { FLOWCONTROL_KINDS } from "./kinds/flowcontrol.ts";
import { NETWORKING_KINDS } from "./kinds/networking.ts";
import { NODE_KINDS } from "./kinds/node.ts";
import { POLICY_KINDS } from "./kinds/policy.ts";
import { RBAC_KINDS } from "./kinds/rbac.ts";
import { RESOURCE_KINDS } from "./kinds/resource.ts";
import { SCHEDULING_KINDS } from "./kinds/scheduling.ts";
import { STORAGE_KINDS } from "./kinds/storage.ts";
import { STORAGEMIGRATION_KINDS } from "./kinds/storagemigration.ts";

/** By the group's first word, which names the suites about them: a group is recorded without the others. */
export const KINDS: Readonly<Record<string, readonly KindExample[]>> = {
  admissionregistration: ADMISSIONREGISTRATION_KINDS,
  apps: APPS_KINDS,
  certificates: CERTIFICATES_KINDS,
  autoscaling: AUTOSCALING_KINDS,
  batch: BATCH_KINDS,
  coordination: COORDINATION_KINDS,
  core: CORE_KINDS,
  "core-volumes": CORE_VOLUMES_KINDS,
  discovery: DISCOVERY_KINDS,
  events: EVENTS_KINDS,
  flowcontrol: FLOWCONTROL_KINDS,
  networking: NETWORKING_KINDS,
  node: NODE_KINDS,
  policy: POLICY_KINDS,
  rbac: RBAC_KINDS,
  resource: RESOURCE_KINDS,
  scheduling: SCHEDULING_KINDS,
  storage: STORAGE_KINDS,
  storagemigration: STORAGEMIGRATION_KINDS,
};
