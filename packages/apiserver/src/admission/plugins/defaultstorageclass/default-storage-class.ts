import {
  annotatedStorageClass,
  defaultClassOf,
  PersistentVolumeClaim,
  StorageClass,
  type V1StorageClass,
} from "@dingi/api";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isWriteOf, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";

/** Gives a claim that names no class the default one. Upstream: plugin/pkg/admission/storage/storageclass/setdefault/admission.go */
export class DefaultStorageClass implements AdmissionPlugin {
  readonly #classes: ResourceCache;
  /** Until a class changes. */
  #known: { readonly name: string | undefined } | undefined;

  constructor(feed: StoreFeed) {
    this.#classes = feed.cache(StorageClass);
    this.#classes.onEvent(() => (this.#known = undefined));
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  admit(attributes: AdmissionAttributes): void {
    if (!isWriteOf(attributes, PersistentVolumeClaim)) return;
    const { metadata, spec } = attributes.object;
    if (annotatedStorageClass(metadata) !== undefined || spec.storageClassName !== undefined) return;
    this.#known ??= { name: this.#find() };
    if (this.#known.name !== undefined) spec.storageClassName = this.#known.name;
  }

  #find(): string | undefined {
    const classes = [...this.#classes.snapshot().values()].map(({ object }) => object as unknown as V1StorageClass);
    return defaultClassOf(classes)?.metadata.name;
  }
}
