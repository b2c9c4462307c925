import { APIService, type V1APIService } from "@dingi/api";
import {
  groupOf,
  ignoreAlreadyExists,
  ignoreGone,
  versionOf,
  type AnyKind,
  type ServedKinds,
} from "@dingi/apimachinery";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Client, NewObject } from "@dingi/client";
import { AUTOMANAGED } from "../bootstrap/api-services.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";

interface AutoRegistrationOptions {
  readonly kinds: ServedKinds;
  readonly feed: StoreFeed;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** What is made here goes with what it is for; what was made at the start stays. */
const FOLLOWS = "true";
/** Upstream: pkg/controlplane/controller/crdregistration/crdregistration_controller.go */
const GROUP_PRIORITY = 1000;
const VERSION_PRIORITY = 100;
const RETRY_MS = 5000;

/**
 * An APIService for each version of the kinds that come and go.
 * Upstream: kube-aggregator/pkg/controllers/autoregister/autoregister_controller.go
 */
export class AutoRegistration {
  readonly #options: AutoRegistrationOptions;

  constructor(options: AutoRegistrationOptions) {
    this.#options = options;
  }

  async run(signal: AbortSignal): Promise<void> {
    const { kinds, clock, logger } = this.#options;
    while (!signal.aborted) {
      const { scheme } = kinds;
      try {
        await this.#sync(
          new Set(scheme.kinds.filter(({ custom }) => custom).flatMap(({ versions }) => Object.keys(versions))),
        );
        await kinds.after(scheme, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("An API's version was not registered", { error: describeError(error) });
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  async #sync(apiVersions: ReadonlySet<string>): Promise<void> {
    const { client, feed } = this.#options;
    const cache = feed.cache(APIService as unknown as AnyKind);
    for (const apiVersion of apiVersions)
      if (!cache.get(nameOf(apiVersion)))
        await client.create(APIService, registration(apiVersion)).catch(ignoreAlreadyExists);
    const wanted = new Set([...apiVersions].map(nameOf));
    for (const { object } of cache.snapshot().values()) {
      const { name = "", labels, uid = "" } = (object as V1APIService).metadata;
      if (labels?.[AUTOMANAGED] !== FOLLOWS || wanted.has(name)) continue;
      await client.delete(APIService, { namespace: "", name }, { preconditions: { uid } }).catch(ignoreGone);
    }
  }
}

const nameOf = (apiVersion: string): string => `${versionOf(apiVersion)}.${groupOf(apiVersion)}`;

function registration(apiVersion: string): NewObject<V1APIService> {
  return {
    metadata: { name: nameOf(apiVersion), labels: { [AUTOMANAGED]: FOLLOWS } },
    spec: {
      group: groupOf(apiVersion),
      version: versionOf(apiVersion),
      groupPriorityMinimum: GROUP_PRIORITY,
      versionPriority: VERSION_PRIORITY,
    },
  };
}
