import { PersistentVolume } from "@dingi/api";
import { DONE, defineController } from "@dingi/controller-runtime";
import { protect } from "./finalizer.ts";

const FINALIZER = "kubernetes.io/pv-protection";

/** Keeps a volume while a claim has it. Upstream: pkg/controller/volume/pvprotection/pv_protection_controller.go */
export const pvProtectionController = defineController({
  name: "persistentvolume-protection-controller",
  serviceAccount: "pv-protection-controller",
  for: PersistentVolume,
  concurrency: 1,
  reconcile: async (key, context) => {
    const volume = context.cache.get(PersistentVolume, key);
    const isUsed = () => volume?.status.phase === "Bound";
    if (volume) await protect(PersistentVolume, { object: volume, finalizer: FINALIZER, isUsed }, context);
    return DONE;
  },
});
