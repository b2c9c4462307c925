import { adopt, path, semanticEqual, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { podNameWarnings } from "../../apps/replicaset/warnings.ts";
import { dropDisabledFields } from "../pod/disabled-fields.ts";
import { podTemplateWarnings } from "../pod/warnings/warnings.ts";
import type { V1ReplicationController } from "./replicationcontroller.gen.ts";
import {
  validateReplicationController,
  validateReplicationControllerStatus,
  validateReplicationControllerUpdate,
} from "./validation.ts";

const TEMPLATE = path("spec", "template");

/** Upstream: pkg/registry/core/replicationcontroller/strategy.go */
export const strategy: Strategy<V1ReplicationController> = {
  nameFormat: "declared",
  resetFields: [["status"]],
  defaultGarbageCollection: "orphan",
  prepareForCreate(controller) {
    controller.status = { replicas: 0 };
    controller.metadata.generation = 1;
    if (controller.spec.template?.spec) dropDisabledFields(controller.spec.template.spec);
  },
  prepareForUpdate(controller, old) {
    controller.status = adopt(old.status);
    if (controller.spec.template?.spec) dropDisabledFields(controller.spec.template.spec, old.spec.template?.spec);
    if (!semanticEqual(controller.spec, old.spec)) controller.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (controller) => validateReplicationController(controller),
  validateUpdate: validateReplicationControllerUpdate,
  warningsOnCreate: (controller) => [
    ...podNameWarnings(controller),
    ...podTemplateWarnings(controller.spec.template ?? {}, TEMPLATE),
  ],
  // Upstream warns of what was in the old template.
  warningsOnUpdate: ({ metadata }, old) =>
    metadata.generation === old.metadata.generation ? [] : podTemplateWarnings(old.spec.template ?? {}, TEMPLATE),
};

export const statusStrategy: UpdateStrategy<V1ReplicationController> = {
  resetFields: [["spec"]],
  prepareForUpdate(controller, old) {
    controller.spec = adopt(old.spec);
  },
  validateUpdate: validateReplicationControllerStatus,
};
