import { Namespace, type V1Namespace } from "@dingi/api";
import { newNotFound, type Selector } from "@dingi/apimachinery";
import type { ResourceCache } from "../../cacher/resource-cache.ts";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import type { AdmissionAttributes } from "../attributes.ts";
import { isNamespace, namespaceOf } from "./resource.ts";

/** The namespaces of requests, and whether selectors choose them. Upstream: apiserver/pkg/admission/plugin/webhook/predicates/namespace/matcher.go */
export class Namespaces {
  readonly #feed: StoreFeed;
  readonly #cache: ResourceCache;

  constructor(feed: StoreFeed) {
    this.#feed = feed;
    this.#cache = feed.cache(Namespace);
  }

  /** Throws StatusError 404 where there is none of that name. */
  async find(name: string, attributes: AdmissionAttributes): Promise<V1Namespace> {
    const found = this.#known(name);
    if (found) return found;
    await this.#feed.waitUntilFresh(attributes);
    const newer = this.#known(name);
    if (newer) return newer;
    throw newNotFound({ group: "", resource: "namespaces" }, name);
  }

  /** What lies in no namespace is chosen by every selector. Throws StatusError 404 as `find` does. */
  async matches(selector: Selector, attributes: AdmissionAttributes): Promise<boolean> {
    if (selector.empty || (namespaceOf(attributes) === "" && !isNamespace(attributes))) return true;
    return selector.matches(await this.#labelsFor(attributes));
  }

  /** Of a namespace that is being written, those that it is to have. */
  async #labelsFor(attributes: AdmissionAttributes) {
    const { operation, subresource, object } = attributes;
    const isWritten = (operation === "CREATE" || operation === "UPDATE") && subresource === "";
    if (isNamespace(attributes) && isWritten) return object?.metadata.labels;
    return (await this.find(namespaceOf(attributes), attributes)).metadata.labels;
  }

  #known(name: string): V1Namespace | undefined {
    return this.#cache.get(name)?.object as V1Namespace | undefined;
  }
}
