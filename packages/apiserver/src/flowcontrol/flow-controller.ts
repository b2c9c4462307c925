import {
  FlowSchema,
  PriorityLevelConfiguration,
  type V1FlowSchema,
  type V1PriorityLevelConfiguration,
} from "@dingi/api";
import type { UserInfo } from "@dingi/apimachinery";
import { invariant, type Clock } from "@dingi/base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { RequestInfo } from "../routing/request-info.ts";
import { shareSeats } from "./borrowing.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS, isMandatory } from "./default-objects.ts";
import { FlowStats, type FlowObserver } from "./flow-stats.ts";
import { CATCH_ALL, orderSchemas, planLevels, type LevelPlan } from "./levels.ts";
import { matchesSchema } from "./matches.ts";
import { QueueSet } from "./queue-set.ts";
import { RetryAfter } from "./retry-after.ts";

const UNOBSERVED: FlowObserver = { waited: () => {}, executed: () => {} };

/** A level at work. */
export interface Level {
  readonly name: string;
  plan: LevelPlan;
  readonly queues: QueueSet;
  readonly retryAfter: RetryAfter;
  /** By flow schema. */
  readonly stats: Map<string, FlowStats>;
  /** Whether it is no more, but for those who are there still. */
  isQuiescing: boolean;
}

/** Where a request belongs. */
export interface Classified {
  readonly schema: V1FlowSchema;
  readonly level: Level;
  readonly distinguisher: string;
  readonly stats: FlowStats;
}

/**
 * Keeps flow schemas and priority levels as they are in the store, and gives each request its place among them.
 * Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go
 */
export class FlowController {
  readonly #feed: StoreFeed;
  readonly #clock: Clock;
  readonly #serverSeats: number;
  readonly #levels = new Map<string, Level>();
  #schemas: readonly V1FlowSchema[] = [];
  /** Whether what is stored is other than what is at work. */
  #isStale = true;
  #fairShare = 0;
  /** Whether upstream's default objects have been made; until then they are as good as there. */
  #hasDefaults = false;
  /** Who is told how long requests took, by level and schema. */
  observe: (level: string, schema: string) => FlowObserver = () => UNOBSERVED;

  /** @param serverSeats Of all levels together: what both of upstream's flags --max-requests-inflight and --max-mutating-requests-inflight say. */
  constructor(feed: StoreFeed, clock: Clock, serverSeats: number) {
    this.#feed = feed;
    this.#clock = clock;
    this.#serverSeats = serverSeats;
    for (const kind of [FlowSchema, PriorityLevelConfiguration])
      feed.cache(kind as never).onEvent(() => (this.#isStale = true));
  }

  get levels(): ReadonlyMap<string, Level> {
    this.#refresh();
    return this.#levels;
  }

  get fairShare(): number {
    return this.#fairShare;
  }

  classify(info: RequestInfo, user: UserInfo): Classified {
    this.#refresh();
    const schema = this.#schemas.find((one) => matchesSchema(one, info, user)) ?? this.#catchAll;
    const level = this.#levels.get(schema.spec.priorityLevelConfiguration.name);
    invariant(level, "A flow schema that is used leads to a priority level");
    const distinguisher = level.plan.limits.queues > 1 ? distinguisherOf(schema, info, user) : "";
    const name = schema.metadata.name!;
    let stats = level.stats.get(name);
    if (!stats) level.stats.set(name, (stats = new FlowStats(this.observe(level.name, name))));
    return { schema, level, distinguisher, stats };
  }

  /** What is stored is all that there is from now on, but for what is always there. */
  begin(): void {
    if (this.#hasDefaults) return;
    this.#hasDefaults = true;
    this.#isStale = true;
  }

  /** Shares the seats anew by what was wanted since the last time. */
  adjust(): void {
    this.#refresh();
    for (const level of this.#levels.values()) level.queues.demand.close();
    this.#share();
    this.#removeQuiet();
  }

  get #catchAll(): V1FlowSchema {
    return this.#schemas.findLast(({ metadata }) => metadata.name === CATCH_ALL)!;
  }

  #refresh(): void {
    if (!this.#isStale) return;
    this.#isStale = false;
    const configurations = this.#withDefaults(
      this.#stored<V1PriorityLevelConfiguration>(PriorityLevelConfiguration),
      DEFAULT_LEVELS,
    );
    const wanted = new Set(configurations.map(({ metadata }) => metadata.name));
    const quiescing = [...this.#levels.values()].filter(({ name, queues }) => !wanted.has(name) && !queues.isIdle);
    const plans = planLevels(
      [...configurations, ...quiescing.map(({ plan }) => plan.configuration)],
      this.#serverSeats,
    );
    for (const name of this.#levels.keys()) if (!plans.has(name)) this.#levels.delete(name);
    for (const [name, plan] of plans) this.#place(name, plan, !wanted.has(name));
    this.#schemas = orderSchemas(this.#withDefaults(this.#stored<V1FlowSchema>(FlowSchema), DEFAULT_SCHEMAS), plans);
    this.#share();
    this.#forgetStats();
  }

  /** Of schemas that are no more, once nobody is there by them. */
  #forgetStats(): void {
    const names = new Set(this.#schemas.map(({ metadata }) => metadata.name));
    for (const { stats } of this.#levels.values())
      for (const [name, { executing, waiting }] of stats)
        if (!names.has(name) && executing + waiting === 0) stats.delete(name);
  }

  #place(name: string, plan: LevelPlan, isQuiescing: boolean): void {
    const known = this.#levels.get(name);
    if (known) return void Object.assign(known, { plan, isQuiescing });
    const seats = plan.isExempt ? Infinity : plan.nominal - Math.trunc((plan.nominal - plan.lower) / 2);
    const queues = new QueueSet(this.#clock, plan.limits, seats);
    this.#levels.set(name, { name, plan, queues, retryAfter: new RetryAfter(), stats: new Map(), isQuiescing });
  }

  #share(): void {
    const shared = shareSeats(
      new Map([...this.#levels].map(([name, { plan, queues }]) => [name, { plan, demand: queues.demand.last }])),
    );
    this.#fairShare = shared.fairShare;
    for (const { name, plan, queues } of this.#levels.values())
      queues.configure(plan.limits, plan.isExempt ? Infinity : shared.seats.get(name)!);
  }

  #removeQuiet(): void {
    for (const { isQuiescing, queues } of this.#levels.values()) if (isQuiescing && queues.isIdle) this.#isStale = true;
  }

  /** With those that are always there, whatever has become of the stored ones. */
  #withDefaults<T extends V1FlowSchema | V1PriorityLevelConfiguration>(
    stored: readonly T[],
    defaults: readonly T[],
  ): readonly T[] {
    const names = new Set(stored.map(({ metadata }) => metadata.name));
    const missing = defaults.filter(({ metadata: { name } }) => !names.has(name));
    return [...stored, ...missing.filter(({ metadata }) => !this.#hasDefaults || isMandatory(metadata.name))];
  }

  #stored<T>(kind: typeof FlowSchema | typeof PriorityLevelConfiguration): T[] {
    return [
      ...this.#feed
        .cache(kind as never)
        .snapshot()
        .values(),
    ].map(({ object }) => object as unknown as T);
  }
}

/** Upstream: …#computeFlowDistinguisher */
function distinguisherOf({ spec }: V1FlowSchema, info: RequestInfo, user: UserInfo): string {
  if (spec.distinguisherMethod?.type === "ByUser") return user.name;
  return spec.distinguisherMethod && info.isResource ? info.namespace : "";
}
