import { adopt, compareQuantity, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1ResourceQuota } from "./resourcequota.gen.ts";
import { validateResourceQuota, validateResourceQuotaStatus, validateResourceQuotaUpdate } from "./validation.ts";

/** Upstream: pkg/registry/core/resourcequota/strategy.go */
export const strategy: Strategy<V1ResourceQuota> = {
  resetFields: [["status"]],
  prepareForCreate(quota) {
    quota.status = {};
  },
  prepareForUpdate(quota, old) {
    quota.status = adopt(old.status);
  },
  validate: validateResourceQuota,
  validateUpdate: validateResourceQuotaUpdate,
  warningsOnCreate: ({ spec }) => requestWarnings(spec.hard ?? {}),
};

export const statusStrategy: UpdateStrategy<V1ResourceQuota> = {
  resetFields: [["spec"]],
  prepareForUpdate(quota, old) {
    quota.spec = adopt(old.spec);
  },
  validateUpdate: validateResourceQuotaStatus,
};

/** The names of a request, of which the first that is there counts. */
const REQUESTS: Readonly<Record<string, readonly string[]>> = {
  cpu: ["requests.cpu", "cpu"],
  memory: ["requests.memory", "memory"],
  storage: ["requests.storage"],
  "ephemeral-storage": ["requests.ephemeral-storage"],
};

function requestWarnings(hard: Readonly<Record<string, string>>): string[] {
  return Object.entries(REQUESTS).flatMap(([resource, names]) => {
    const name = names.find((candidate) => hard[candidate] !== undefined);
    const limit = hard[`limits.${resource}`];
    if (name === undefined || limit === undefined || compareQuantity(hard[name]!, limit) <= 0) return [];
    return [`ResourceQuota ${name} (${hard[name]}) should be less than limits.${resource} (${limit})`];
  });
}
