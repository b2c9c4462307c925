import {
  APIService,
  EndpointSlice,
  Service,
  type V1APIService,
  type V1APIServiceCondition,
  type V1EndpointSlice,
  type V1Service,
} from "@dingi/api";
import { equalJson, isConflict, isNotFound, joinHostPort, wireTime, type AnyKind } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { CacheEvent } from "../cacher/cache-event.ts";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { UnreachedError, type Backends } from "./backends.ts";
import { checkService, failedDiscovery, LOCAL, PASSED, type Availability } from "./check-service.ts";
import { KeyedRounds } from "./keyed-rounds.ts";
import { rootOf, type RemoteApi, type RemoteApis } from "./remote-apis.ts";
import { AGGREGATOR, identityHeaders } from "./remote-identity.ts";

interface AvailabilityOptions {
  readonly apis: RemoteApis;
  readonly backends: Backends;
  readonly feed: StoreFeed;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
}

/** Upstream: kube-aggregator/pkg/controllers/status/remote/remote_available_controller.go */
const RESYNC_MS = 30_000;
const MIN_RETRY_MS = 100;
const MAX_RETRY_MS = 30_000;
const TIMEOUT_MS = 5000;
/** At once, perhaps at different servers: one answer is enough. */
const ATTEMPTS = 5;
const SERVICE_NAME = "kubernetes.io/service-name";

/** Finds out whether each API can be reached, and says so in its APIService. */
export class AvailabilityKeeper {
  readonly #options: AvailabilityOptions;
  readonly #rounds: KeyedRounds;

  constructor(options: AvailabilityOptions) {
    this.#options = options;
    this.#rounds = new KeyedRounds({
      ...options,
      minRetryMs: MIN_RETRY_MS,
      maxRetryMs: MAX_RETRY_MS,
      work: (name, signal) => this.#check(name, signal),
    });
  }

  async run(signal: AbortSignal): Promise<void> {
    const { feed } = this.#options;
    const services = feed.cache(APIService as unknown as AnyKind);
    const keepAll = () => this.#rounds.keep(new Set([...services.snapshot().values()].map(({ key }) => key)));
    using _services = services.onEvent(({ current, previous }) => {
      if (!current || !previous) keepAll();
      else if (isChanged(current.object as V1APIService, previous.object as V1APIService))
        this.#rounds.poke(current.key);
    });
    using _backing = this.#followBackends();
    using _rounds = this.#rounds;
    keepAll();
    const { promise, resolve } = Promise.withResolvers<void>();
    if (signal.aborted) resolve();
    signal.addEventListener("abort", () => resolve(), { once: true });
    await promise;
  }

  /** What happens to a Service, or to its endpoints, concerns the APIs behind it. */
  #followBackends(): Disposable {
    const { feed, apis } = this.#options;
    const poke = (namespace = "", name = "") => {
      for (const { service, name: key } of apis.all.values())
        if (service.namespace === namespace && service.name === name) this.#rounds.poke(key);
    };
    const stack = new DisposableStack();
    const follow = (kind: unknown, nameOf: (event: CacheEvent) => string | undefined) =>
      stack.use(
        feed.cache(kind as AnyKind).onEvent((event) => {
          if (apis.all.size > 0) poke((event.current ?? event.previous)?.object.metadata.namespace, nameOf(event));
        }),
      );
    follow(Service, ({ current, previous }) => (current ?? previous)?.object.metadata.name);
    follow(EndpointSlice, ({ current, previous }) => (current ?? previous)?.object.metadata.labels?.[SERVICE_NAME]);
    return stack;
  }

  async #check(name: string, signal: AbortSignal): Promise<number | undefined> {
    const object = this.#options.feed.cache(APIService as unknown as AnyKind).get(name)?.object as
      | V1APIService
      | undefined;
    if (!object) return undefined;
    const api = [...this.#options.apis.all.values()].find((one) => one.name === name);
    const found = api ? (this.#checkService(api) ?? (await this.#ask(api, signal))) : LOCAL;
    if (signal.aborted) return undefined;
    await this.#write(object, found);
    if (found.reason === "FailedDiscoveryCheck") throw new Error(found.message);
    return api && RESYNC_MS;
  }

  #checkService(api: RemoteApi): Availability | undefined {
    const { feed } = this.#options;
    const { namespace, name } = api.service;
    const service = feed.cache(Service as never).get(`${namespace}/${name}`)?.object as V1Service | undefined;
    const stored = feed
      .cache(EndpointSlice as never)
      .snapshot()
      .values({ prefix: `${namespace}/` });
    const slices = [...stored].map(({ object }) => object as V1EndpointSlice);
    return checkService(
      api,
      service,
      slices.filter(({ metadata }) => metadata.labels?.[SERVICE_NAME] === name),
    );
  }

  async #ask(api: RemoteApi, signal: AbortSignal): Promise<Availability> {
    const enough = new AbortController();
    const onStop = () => enough.abort(signal.reason);
    signal.addEventListener("abort", onStop, { once: true });
    try {
      await Promise.any(Array.from({ length: ATTEMPTS }, () => this.#askOnce(api, enough.signal)));
      return PASSED;
    } catch (error) {
      return failedDiscovery((error as AggregateError).errors.map((one: Error) => one.message).at(-1) ?? "");
    } finally {
      signal.removeEventListener("abort", onStop);
      enough.abort(new Error("One answer is enough"));
    }
  }

  /** Rejects with what people are told. */
  async #askOnce(api: RemoteApi, enough: AbortSignal): Promise<void> {
    const { backends, clock } = this.#options;
    const address = backends.locate(api);
    const url = `https://${joinHostPort(address.host, address.port)}${rootOf(api)}`;
    const late = new AbortController();
    using _timer = clock.timer(TIMEOUT_MS, () => late.abort(new Error(TOO_LATE)));
    const signal = AbortSignal.any([enough, late.signal]);
    const headers = { ...identityHeaders(AGGREGATOR), accept: "*/*" };
    const answer = await backends
      .send(api, { method: "GET", path: rootOf(api), headers, signal }, address)
      .catch((error: unknown) => {
        const cause = error instanceof UnreachedError ? error.message : describeError(error);
        throw new Error(`failing or missing response from ${url}: Get ${JSON.stringify(url)}: ${cause}`);
      });
    answer.resume();
    const { statusCode = 0 } = answer;
    if (statusCode < 200 || statusCode >= 300)
      throw new Error(`failing or missing response from ${url}: bad status from ${url}: ${statusCode}`);
  }

  async #write(object: V1APIService, found: Availability): Promise<void> {
    const { client, logger } = this.#options;
    const conditions = withAvailability(object.status.conditions, found, this.#options.clock.now());
    if (equalJson(conditions, object.status.conditions)) return;
    const changed = { ...object, status: { ...object.status, conditions } };
    try {
      await client.update(APIService, changed, { subresource: "status" });
    } catch (error) {
      if (isNotFound(error)) return;
      if (!isConflict(error)) logger.warn("Availability was not written", { name: object.metadata.name, error });
      throw error;
    }
  }
}

function withAvailability(
  conditions: readonly V1APIServiceCondition[] = [],
  found: Availability,
  nowMs: number,
): V1APIServiceCondition[] {
  const before = conditions.find(({ type }) => type === "Available");
  const lastTransitionTime = before?.status === found.status ? before.lastTransitionTime : wireTime(nowMs);
  return [...conditions.filter((one) => one !== before), { type: "Available", ...found, lastTransitionTime }];
}

const TOO_LATE = "context deadline exceeded (Client.Timeout exceeded while awaiting headers)";

/** What was written here is no reason to look anew. */
function isChanged({ spec }: V1APIService, { spec: before }: V1APIService): boolean {
  return spec !== before && JSON.stringify(spec) !== JSON.stringify(before);
}
