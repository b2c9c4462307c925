import { adopt, wireTime, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1APIService } from "./apiservice.gen.ts";
import {
  serviceNameCheck,
  validateAPIService,
  validateAPIServiceStatusUpdate,
  validateAPIServiceUpdate,
} from "./validation.ts";

/** Upstream: kube-aggregator/pkg/registry/apiservice/strategy.go */
export const strategy: Strategy<V1APIService> = {
  allowUnconditionalUpdate: false,
  standardFinalizers: false,
  resetFields: [["status"]],
  nameCheckOf: serviceNameCheck,
  prepareForCreate(service, { clock }) {
    service.status = {};
    if (service.spec.service) return;
    const lastTransitionTime = wireTime(clock.now());
    const message = "Local APIServices are always available";
    service.status.conditions = [{ type: "Available", status: "True", lastTransitionTime, reason: "Local", message }];
  },
  prepareForUpdate(service, old) {
    service.status = adopt(old.status ?? {});
  },
  validate: validateAPIService,
  validateUpdate: validateAPIServiceUpdate,
};

/** Of the metadata only some is put back. Upstream: …#apiServerStatusStrategy */
export const statusStrategy: UpdateStrategy<V1APIService> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(service, old) {
    service.spec = adopt(old.spec);
    const { labels, annotations, finalizers, ownerReferences } = old.metadata;
    Object.assign(service.metadata, { labels, annotations, finalizers, ownerReferences });
  },
  validateUpdate: validateAPIServiceStatusUpdate,
};
