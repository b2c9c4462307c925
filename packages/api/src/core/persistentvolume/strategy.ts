import { adopt, wireTime, type Strategy, type UpdateStrategy } from "@dingi/apimachinery";
import type { V1PersistentVolume } from "./persistentvolume.gen.ts";
import { validateVolume, validateVolumeUpdate } from "./validation.ts";
import { volumeWarnings } from "./warnings.ts";

/** Upstream: pkg/registry/core/persistentvolume/strategy.go */
export const strategy: Strategy<V1PersistentVolume> = {
  resetFields: [["status"]],
  prepareForCreate(volume, { clock }) {
    volume.status = { phase: "Pending", lastPhaseTransitionTime: wireTime(clock.now()) };
  },
  prepareForUpdate(volume, old) {
    volume.status = adopt(old.status);
  },
  validate: validateVolume,
  validateUpdate: validateVolumeUpdate,
  warningsOnCreate: volumeWarnings,
  warningsOnUpdate: volumeWarnings,
};

/** When the phase changes, so does the time of the change, unless the writer gives another. */
export const statusStrategy: UpdateStrategy<V1PersistentVolume> = {
  resetFields: [["spec"]],
  prepareForUpdate(volume, old, { clock }) {
    volume.spec = adopt(old.spec);
    const { status } = volume;
    const { phase, lastPhaseTransitionTime: before } = old.status;
    if (status.phase === phase) status.lastPhaseTransitionTime ??= before;
    else if ((status.lastPhaseTransitionTime ?? before) === before)
      status.lastPhaseTransitionTime = wireTime(clock.now());
  },
};
