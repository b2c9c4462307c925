import { Namespace } from "@dingi/api";
import { ignoreAlreadyExists } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";

/** Makes the namespace that something is made in. Upstream: plugin/pkg/admission/namespace/autoprovision/admission.go */
export class NamespaceAutoProvision implements AdmissionPlugin {
  readonly #feed: StoreFeed;
  readonly #client: () => Client;

  constructor(feed: StoreFeed, client: () => Client) {
    this.#feed = feed;
    this.#client = client;
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE";
  }

  async admit(attributes: AdmissionAttributes): Promise<void> {
    const { namespace, dryRun } = attributes;
    if (dryRun || namespace === "" || isAt(attributes, Namespace)) return;
    if (this.#feed.cache(Namespace).get(namespace)) return;
    try {
      const made = { metadata: { name: namespace }, spec: {}, status: {} };
      await this.#client().create(Namespace, made).catch(ignoreAlreadyExists);
    } catch (error) {
      throw refusalOf(attributes, (error as Error).message);
    }
  }
}
