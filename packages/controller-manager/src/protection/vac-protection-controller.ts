import {
  PersistentVolume,
  PersistentVolumeClaim,
  VolumeAttributesClass,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from "@dingi/api";
import type { ObjectKey } from "@dingi/apimachinery";
import { DONE, defineController, indexOf, watchOf } from "@dingi/controller-runtime";
import { protect } from "./finalizer.ts";

const FINALIZER = "kubernetes.io/vac-protection";
const ATTRIBUTES_CLASS = "attributes-class";

/** Keeps a class of attributes while a volume or a claim has it. Upstream: pkg/controller/volume/vacprotection/vac_protection_controller.go */
export const vacProtectionController = defineController({
  name: "volumeattributesclass-protection-controller",
  serviceAccount: "volumeattributesclass-protection-controller",
  for: VolumeAttributesClass,
  watches: [
    watchOf(PersistentVolume, (volume, _context, previous) => keysOf([volume, previous], namedByVolume)),
    watchOf(PersistentVolumeClaim, (claim, _context, previous) => keysOf([claim, previous], namedByClaim)),
  ],
  indexes: [
    indexOf(PersistentVolume, ATTRIBUTES_CLASS, namedByVolume),
    indexOf(PersistentVolumeClaim, ATTRIBUTES_CLASS, namedByClaim),
  ],
  concurrency: 1,
  reconcile: async (key, context) => {
    const { cache } = context;
    const attributes = cache.get(VolumeAttributesClass, key);
    const isUsed = () =>
      cache.by(PersistentVolume, ATTRIBUTES_CLASS, key.name).length > 0 ||
      cache.by(PersistentVolumeClaim, ATTRIBUTES_CLASS, key.name).length > 0;
    if (attributes) await protect(VolumeAttributesClass, { object: attributes, finalizer: FINALIZER, isUsed }, context);
    return DONE;
  },
});

function namedByVolume({ spec }: V1PersistentVolume): string[] {
  return spec.volumeAttributesClassName ? [spec.volumeAttributesClassName] : [];
}

/** What it asks for, what it has, and what it is on its way to. */
function namedByClaim({ spec, status }: V1PersistentVolumeClaim): string[] {
  const names = [
    spec.volumeAttributesClassName,
    status.currentVolumeAttributesClassName,
    status.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];
}

function keysOf<T>(objects: readonly (T | undefined)[], namesOf: (object: T) => string[]): ObjectKey[] {
  return objects.flatMap((object) => (object ? namesOf(object) : [])).map((name) => ({ namespace: "", name }));
}
