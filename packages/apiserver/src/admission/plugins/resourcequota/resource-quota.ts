import { evaluatorOf, Pod, ResourceClaim, ResourceQuota, type QuotaWrite, type UsageSurroundings } from "@dingi/api";
import type { Clock } from "@dingi/base";
import type { Client } from "@dingi/client";
import { inNamespace } from "../../../cacher/in-namespace.ts";
import type { StoreFeed } from "../../../cacher/store-feed.ts";
import type { AdmissionAttributes, Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { refusalOf } from "../../refusal.ts";
import { DeviceClasses } from "./device-classes.ts";
import type { LimitedResource } from "./limited-resource.ts";
import { QuotaQueue } from "./quota-queue.ts";

interface ResourceQuotaOptions {
  readonly feed: StoreFeed;
  readonly clock: Clock;
  readonly client: () => Client;
  readonly limited?: readonly LimitedResource[];
}

/** No more in a namespace than its quotas say. Upstream: apiserver/pkg/admission/plugin/resourcequota/admission.go */
export class ResourceQuotaAdmission implements AdmissionPlugin {
  readonly #options: ResourceQuotaOptions;
  readonly #deviceClasses: DeviceClasses;
  readonly #queue: QuotaQueue;

  constructor(options: ResourceQuotaOptions) {
    const { feed, clock, client } = options;
    this.#options = options;
    this.#deviceClasses = new DeviceClasses(feed);
    this.#queue = new QuotaQueue({ clock, client, quotas: (namespace) => inNamespace(feed, ResourceQuota, namespace) });
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void | Promise<void> {
    const { kind, namespace } = attributes;
    if (namespace === "" || !this.#isLimited(namespace)) return undefined;
    const evaluator = evaluatorOf({ group: kind.group, resource: kind.plural });
    const write = attributes as unknown as QuotaWrite;
    if (!evaluator?.isCharged(write)) return undefined;
    const { limited = [] } = this.#options;
    const refuse = (why: string): Error => refusalOf(attributes, why);
    const charge = { write, evaluator, surroundings: this.#surroundings(), limited, refuse };
    return this.#queue.charge(namespace, charge, attributes.dryRun);
  }

  /** Nearly no namespace is. */
  #isLimited(namespace: string): boolean {
    if ((this.#options.limited ?? []).length > 0) return true;
    const quotas = this.#options.feed.cache(ResourceQuota);
    return !quotas.isEmpty && quotas.snapshot().count({ prefix: `${namespace}/` }) > 0;
  }

  #surroundings(): UsageSurroundings {
    const { feed, clock } = this.#options;
    const classes = this.#deviceClasses;
    return {
      nowMs: clock.now(),
      extendedResourceOf: (name) => classes.extendedResourceOf(name),
      isOfDeviceClass: (resource) => classes.isOfDeviceClass(resource),
      pod: (namespace, name) => feed.cache(Pod).get(`${namespace}/${name}`)?.object,
      claims: (namespace) => inNamespace(feed, ResourceClaim, namespace),
    };
  }
}
