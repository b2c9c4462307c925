import { Event, type CoreV1Event } from "@dingi/api";
import { aggregateText, newTooManyRequests } from "@dingi/apimachinery";
import { LruMap, type Clock } from "@dingi/base";
import { isAt, type AdmissionAttributes, type Operation } from "../../attributes.ts";
import type { AdmissionPlugin } from "../../chain.ts";
import { TokenBucket } from "./token-bucket.ts";

/** Upstream: plugin/pkg/admission/eventratelimit/apis/eventratelimit/v1alpha1/types.go#Limit */
export interface EventLimit {
  readonly type: "Server" | "Namespace" | "User" | "SourceAndObject";
  readonly qps: number;
  readonly burst: number;
  /** How many namespaces, users or sources are remembered; upstream's 4,096 when absent. */
  readonly cacheSize?: number;
}

const CACHE_SIZE = 4096;

const KEYS: Readonly<Record<EventLimit["type"], (attributes: AdmissionAttributes) => string>> = {
  Server: () => "",
  Namespace: ({ namespace }) => namespace,
  User: ({ user }) => user.name,
  SourceAndObject({ object }) {
    const { source = {}, involvedObject = {} } = object as unknown as CoreV1Event;
    const { kind = "", namespace = "", name = "", uid = "", apiVersion = "" } = involvedObject;
    return [source.component ?? "", source.host ?? "", kind, namespace, name, uid, apiVersion].join("");
  },
};

/** Upstream: plugin/pkg/admission/eventratelimit/admission.go */
export class EventRateLimit implements AdmissionPlugin {
  readonly #clock: Clock;
  readonly #limits: readonly { readonly limit: EventLimit; readonly buckets: LruMap<string, TokenBucket> }[];

  constructor(clock: Clock, limits: readonly EventLimit[]) {
    this.#clock = clock;
    this.#limits = limits.map((limit) => ({ limit, buckets: new LruMap(limit.cacheSize || CACHE_SIZE) }));
  }

  handles(operation: Operation): boolean {
    return operation === "CREATE" || operation === "UPDATE";
  }

  validate(attributes: AdmissionAttributes): void {
    // Those of the newer group pass, as upstream lets them.
    if (!isAt(attributes, Event) || attributes.apiVersion !== "v1" || attributes.dryRun) return;
    const reached = this.#limits.flatMap(({ limit, buckets }) => {
      const key = KEYS[limit.type](attributes);
      let bucket = buckets.get(key);
      if (!bucket) buckets.set(key, (bucket = new TokenBucket(this.#clock, limit)));
      return bucket.take() ? [] : [`limit reached on type ${limit.type} for key ${key}`];
    });
    if (reached.length > 0) throw newTooManyRequests(aggregateText(reached), 0);
  }
}
