import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1PodCertificateRequest } from "./podcertificaterequest.gen.ts";
import { validateRequestStatusUpdate } from "./status-validation.ts";
import { validatePodCertificateRequest, validatePodCertificateRequestUpdate } from "./validation.ts";

/** Upstream: pkg/registry/certificates/podcertificaterequest/strategy.go */
export const strategy: Strategy<V1PodCertificateRequest> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(request) {
    request.status = {};
  },
  prepareForUpdate(request, old) {
    request.status = adopt(old.status);
  },
  validate: validatePodCertificateRequest,
  validateUpdate: validatePodCertificateRequestUpdate,
};

/** That its writer may sign for the signer is confirmed by the API server. */
export const statusStrategy: UpdateStrategy<V1PodCertificateRequest> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(request, old) {
    request.spec = adopt(old.spec);
    resetObjectMetaForStatus(request.metadata, old.metadata);
  },
  validateUpdate: (request, old, { clock }) => validateRequestStatusUpdate(request, old, clock.now()),
};
