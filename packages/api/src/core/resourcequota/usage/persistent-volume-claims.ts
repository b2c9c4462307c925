import { compareQuantity, roundUpQuantity } from "@dingi/apimachinery";
import type { V1PersistentVolumeClaim } from "../../persistentvolumeclaim/persistentvolumeclaim.gen.ts";
import { annotatedStorageClass } from "../../persistentvolumeclaim/storage-class-annotation.ts";
import { choosesOneOf, type QuotaEvaluator } from "./evaluator.ts";

const COUNT = "count/persistentvolumeclaims";
const CLAIMS = "persistentvolumeclaims";
const STORAGE = "requests.storage";
/** "gold.storageclass.storage.k8s.io/requests.storage" */
const OF_CLASS = ".storageclass.storage.k8s.io/";

/** Upstream: pkg/quota/v1/evaluator/core/persistent_volume_claims.go#pvcEvaluator */
export const persistentVolumeClaimUsage: QuotaEvaluator<V1PersistentVolumeClaim> = {
  resource: { group: "", resource: CLAIMS },
  matching: (names) =>
    names.filter((name) => name === COUNT || [CLAIMS, STORAGE].some((own) => isOrEndsWith(name, own))),
  isCharged: ({ subresource }) => subresource === "" || subresource === "status",
  // Upstream compares two pointers, which are never the same.
  isFreed: () => true,
  isInScope: (scope, claim) =>
    scope.scopeName === "VolumeAttributesClass" && choosesOneOf(scope, attributesClasses(claim)),
  usage(claim) {
    const { metadata, spec } = claim;
    const storageClass = annotatedStorageClass(metadata) ?? spec.storageClassName ?? "";
    const storage = storageOf(claim);
    const own = { [CLAIMS]: "1", ...(storage === undefined ? {} : { [STORAGE]: storage }) };
    const ofClass = Object.entries(own).map(([name, quantity]) => [storageClass + OF_CLASS + name, quantity]);
    return { [COUNT]: "1", ...own, ...(storageClass === "" ? {} : Object.fromEntries(ofClass)) };
  },
};

const isOrEndsWith = (name: string, own: string): boolean => name === own || name.endsWith(OF_CLASS + own);

/** What is asked for, or has been allocated where that is more; in whole bytes. */
function storageOf({ spec, status }: V1PersistentVolumeClaim): string | undefined {
  const request = spec.resources?.requests?.["storage"];
  if (request === undefined) return undefined;
  const allocated = status?.allocatedResources?.["storage"];
  const wanted = roundUpQuantity(request, 0);
  return allocated !== undefined && compareQuantity(allocated, wanted) > 0 ? roundUpQuantity(allocated, 0) : wanted;
}

/** The one that is asked for, those that are in effect and on their way. */
function attributesClasses({ spec, status }: V1PersistentVolumeClaim): string[] {
  const names = [
    spec.volumeAttributesClassName,
    status?.currentVolumeAttributesClassName,
    status?.modifyVolumeStatus?.targetVolumeAttributesClassName,
  ];
  return [...new Set(names.filter((name) => name !== undefined && name !== ""))] as string[];
}
