import { adopt, resetObjectMetaForStatus, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import { validateVolumeAttachment, validateVolumeAttachmentUpdate } from "./validation.ts";
import type { V1VolumeAttachment } from "./volumeattachment.gen.ts";

/** Upstream: pkg/registry/storage/volumeattachment/strategy.go */
export const strategy: Strategy<V1VolumeAttachment> = {
  allowUnconditionalUpdate: false,
  resetFields: [["status"]],
  prepareForCreate(attachment) {
    attachment.status = { attached: false };
  },
  prepareForUpdate(attachment, old) {
    attachment.status = adopt(old.status);
  },
  validate: validateVolumeAttachment,
  validateUpdate: validateVolumeAttachmentUpdate,
};

export const statusStrategy: UpdateStrategy<V1VolumeAttachment> = {
  resetFields: [["metadata"], ["spec"]],
  prepareForUpdate(attachment, old) {
    attachment.spec = adopt(old.spec);
    resetObjectMetaForStatus(attachment.metadata, old.metadata);
  },
  validateUpdate: validateVolumeAttachmentUpdate,
};
