import { DeviceClass, type V1DeviceClass } from "@dingi/api";
import type { ResourceCache } from "../../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";

/** Which device classes stand for which extended resources. Upstream: dynamic-resource-allocation/deviceclass/extendedresourcecache */
export class DeviceClasses {
  readonly #classes: ResourceCache;
  /** All resources that some class stands for; until a class changes. */
  #resources: ReadonlySet<string> | undefined;

  constructor(feed: StoreFeed) {
    this.#classes = feed.cache(DeviceClass);
    this.#classes.onEvent(() => (this.#resources = undefined));
  }

  extendedResourceOf(name: string): string | undefined {
    return resourceOf(this.#classes.get(name)?.object as V1DeviceClass | undefined);
  }

  isOfDeviceClass(resource: string): boolean {
    this.#resources ??= new Set(
      [...this.#classes.snapshot().values()].flatMap(({ object }) => resourceOf(object as V1DeviceClass) ?? []),
    );
    return this.#resources.has(resource);
  }
}

const resourceOf = (one: V1DeviceClass | undefined): string | undefined => one?.spec.extendedResourceName || undefined;
