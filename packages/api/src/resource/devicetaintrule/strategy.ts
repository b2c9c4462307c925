import {
  adopt,
  resetObjectMetaForStatus,
  semanticEqual,
  wireTime,
  type Draft,
  type Strategy,
  type UpdateStrategy,
} from "@dingi/apimachinery";
import { stampTaint } from "../device/taints.ts";
import type { V1DeviceTaintRule } from "./devicetaintrule.gen.ts";
import { validateDeviceTaintRule, validateDeviceTaintRuleStatusUpdate } from "./validation.ts";

/** Upstream: pkg/registry/resource/devicetaintrule/strategy.go */
export const strategy: Strategy<V1DeviceTaintRule> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(rule, { clock }) {
    rule.status = {};
    rule.metadata.generation = 1;
    stampTaint(taintOf(rule), clock.now());
  },
  prepareForUpdate(rule, old, { clock }) {
    rule.status = adopt(old.status ?? {});
    const taint = taintOf(rule);
    stampTaint(taint, clock.now());
    const { effect, timeAdded } = old.spec.taint ?? {};
    if (taint.effect !== effect && taint.timeAdded === timeAdded) taint.timeAdded = wireTime(clock.now());
    if (!semanticEqual(rule.spec, old.spec)) rule.metadata.generation = (old.metadata.generation ?? 0) + 1;
  },
  validate: (rule) => validateDeviceTaintRule(rule),
  validateUpdate: (rule, old) => validateDeviceTaintRule(rule, old),
};

export const statusStrategy: UpdateStrategy<V1DeviceTaintRule> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(rule, old) {
    rule.spec = adopt(old.spec);
    resetObjectMetaForStatus(rule.metadata, old.metadata);
  },
  validateUpdate: validateDeviceTaintRuleStatusUpdate,
};

const taintOf = ({ spec }: Draft<V1DeviceTaintRule>) => (spec.taint ??= { key: "", effect: "" });
