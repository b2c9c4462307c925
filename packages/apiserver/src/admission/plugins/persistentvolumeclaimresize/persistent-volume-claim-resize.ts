import { annotatedStorageClass, PersistentVolumeClaim, StorageClass, type V1PersistentVolumeClaim } from "@dingi/api";
import type { V1StorageClass } from "@dingi/api";
import { compareQuantity } from "@dingi/apimachinery";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import { refusalOf } from "../../refusal.ts";
import type { AdmissionPlugin } from "../../chain.ts";

const NOT_BOUND = "Only bound persistent volume claims can be expanded";
const NO_SUPPORT =
  "only dynamically provisioned pvc can be resized and the storageclass that provisions the pvc must support resize";

/** A claim grows only where its class lets it. Upstream: plugin/pkg/admission/storage/persistentvolume/resize/admission.go */
export class PersistentVolumeClaimResize implements AdmissionPlugin {
  readonly #classes: ResourceCache;

  constructor(feed: StoreFeed) {
    this.#classes = feed.cache(StorageClass);
  }

  handles(operation: Operation): boolean {
    return operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, PersistentVolumeClaim)) return;
    const { object: claim, oldObject: old } = attributes;
    if (!old || compareQuantity(sizeOf(claim), sizeOf(old)) <= 0) return;
    if (old.status.phase !== "Bound") throw refusalOf(attributes, NOT_BOUND);
    if (!this.#isExpandable(claim, old)) throw refusalOf(attributes, NO_SUPPORT);
  }

  #isExpandable(claim: V1PersistentVolumeClaim, old: V1PersistentVolumeClaim): boolean {
    const name = classOf(claim);
    if (name === "" || name !== classOf(old)) return false;
    const storageClass = this.#classes.get(name)?.object as V1StorageClass | undefined;
    return storageClass?.allowVolumeExpansion ?? false;
  }
}

const sizeOf = ({ spec }: V1PersistentVolumeClaim): string => spec.resources?.requests?.["storage"] ?? "0";

const classOf = ({ metadata, spec }: V1PersistentVolumeClaim): string =>
  annotatedStorageClass(metadata) ?? spec.storageClassName ?? "";
