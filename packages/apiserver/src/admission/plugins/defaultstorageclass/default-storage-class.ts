import { annotatedStorageClass, defaultStorageClassOf, PersistentVolumeClaim, StorageClass } from "@dingi/api";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { DefaultClass } from "../../default-class.ts";

/** Gives a claim that names no class the default one. Upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly #default: DefaultClass;

  constructor(feed: StoreFeed) {
    this.#default = DefaultClass.of(feed, StorageClass, defaultStorageClassOf);
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, PersistentVolumeClaim)) return;
    const { metadata, spec } = attributes.object;
    if (annotatedStorageClass(metadata) !== undefined || spec.storageClassName !== undefined) return;
    const { name } = this.#default;
    if (name !== undefined) spec.storageClassName = name;
  }
}
