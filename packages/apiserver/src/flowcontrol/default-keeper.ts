import { FlowSchema, PriorityLevelConfiguration, type V1FlowSchema } from "@dingi/api";
import {
  ignoreAlreadyExists,
  ignoreNotFound,
  isConflict,
  parseGoBool,
  semanticEqual,
  wireTime,
  type KindDefinition,
  type KubeObject,
} from "@dingi/apimachinery";
import { describeError, WakeUp, type Clock, type Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { DEFAULT_LEVELS, DEFAULT_SCHEMAS, isMandatory } from "./default-objects.ts";

const AUTOUPDATE = "apf.kubernetes.io/autoupdate-spec";
const PRODUCER = "api-priority-and-fairness-config-producer-v1";
const CONSUMER = "api-priority-and-fairness-config-consumer-v1";
const RETRY_MS = 1000;

interface DefaultKeeperOptions {
  readonly feed: StoreFeed;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

type Configuration = KubeObject & { readonly spec: object };

/**
 * Makes upstream's flow schemas and priority levels, keeps those that nobody made his own as they should be, removes those
 * that are no more, and says of each schema whether it leads anywhere.
 * Upstream: pkg/registry/flowcontrol/rest/storage_flowcontrol.go#ensure
 */
export class DefaultKeeper {
  readonly #options: DefaultKeeperOptions;
  readonly #changed = new WakeUp();
  #isStale = true;

  constructor(options: DefaultKeeperOptions) {
    this.#options = options;
    for (const kind of [FlowSchema, PriorityLevelConfiguration])
      options.feed.cache(kind as never).onEvent(() => {
        this.#isStale = true;
        this.#changed.wake();
      });
  }

  /** Until the signal aborts; `onMade` is called once all are there. */
  async run(signal: AbortSignal, onMade: () => void): Promise<void> {
    const { clock, logger } = this.#options;
    while (!signal.aborted) {
      if (!this.#isStale) {
        await this.#changed.wait(signal);
        continue;
      }
      this.#isStale = false;
      try {
        await this.#sync();
        onMade();
      } catch (error) {
        if (signal.aborted) return;
        this.#isStale = true;
        if (!isConflict(error)) logger.warn("Flow control was not set up", { error: describeError(error) });
        await clock.sleep(RETRY_MS, signal).catch(() => {});
      }
    }
  }

  /** Rejects when something cannot be written. */
  async #sync(): Promise<void> {
    await this.#keep(PriorityLevelConfiguration, DEFAULT_LEVELS);
    await this.#keep(FlowSchema, DEFAULT_SCHEMAS);
    await Promise.all(this.#stored(FlowSchema).map((schema) => this.#tell(schema)));
  }

  async #keep<T extends Configuration>(kind: KindDefinition<T>, wanted: readonly T[]): Promise<void> {
    const { client } = this.#options;
    const stored = new Map(this.#stored(kind).map((one) => [one.metadata.name, one]));
    const as = { fieldManager: PRODUCER };
    const keep = async (one: T): Promise<void> => {
      const current = stored.get(one.metadata.name);
      if (!current) return void (await client.create(kind, { status: {}, ...one }, as).catch(ignoreAlreadyExists));
      const revised = revise(current, one);
      if (revised) await client.update(kind, revised, as);
    };
    await Promise.all(wanted.map(keep));
    for (const { metadata } of wanted) stored.delete(metadata.name);
    for (const { metadata } of stored.values())
      if (parseGoBool(metadata.annotations?.[AUTOUPDATE] ?? ""))
        await client.delete(kind, { namespace: "", name: metadata.name! }).catch(ignoreNotFound);
  }

  /** Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#presyncFlowSchemaStatus */
  async #tell({ metadata, spec, status }: V1FlowSchema): Promise<void> {
    const { client, clock, feed } = this.#options;
    const level = spec.priorityLevelConfiguration.name;
    const isThere = feed.cache(PriorityLevelConfiguration).get(level) !== undefined;
    const subject = `This FlowSchema references the PriorityLevelConfiguration object named ${JSON.stringify(level)}`;
    const wanted = isThere
      ? { status: "False", reason: "Found", message: `${subject} and it exists` }
      : { status: "True", reason: "NotFound", message: `${subject} but there is no such object` };
    const {
      lastTransitionTime: _,
      type,
      ...told
    } = status?.conditions?.find((one) => one.type === "Dangling") ?? {
      type: "Dangling",
    };
    if (semanticEqual(told, wanted)) return;
    const condition = { type, ...wanted, lastTransitionTime: wireTime(clock.now()) };
    const patch = {
      apiVersion: FlowSchema.apiVersion,
      kind: FlowSchema.kind,
      metadata: { name: metadata.name },
      status: { conditions: [condition] },
    };
    const options = { type: "apply", subresource: "status", fieldManager: CONSUMER, force: true } as const;
    await client.patch(FlowSchema, { namespace: "", name: metadata.name! }, patch, options).catch(ignoreNotFound);
  }

  #stored<T extends KubeObject>(kind: KindDefinition<T>): T[] {
    return [...this.#options.feed.cache(kind).snapshot().values()].map(({ object }) => object as unknown as T);
  }
}

/** Undefined where nothing is to be changed. Upstream: pkg/registry/flowcontrol/ensurer/strategy.go#ReviseIfNeeded */
function revise<T extends Configuration>(current: T, wanted: T): T | undefined {
  const { annotations } = current.metadata;
  const said = parseGoBool(annotations?.[AUTOUPDATE] ?? "");
  const updates = isMandatory(wanted.metadata.name) || (said ?? current.metadata.generation === 1);
  const isOther = updates && !semanticEqual(current.spec, wanted.spec);
  if (said === updates && !isOther) return undefined;
  const metadata = { ...current.metadata, annotations: { ...annotations, [AUTOUPDATE]: String(updates) } };
  return { ...current, metadata, spec: isOther ? wanted.spec : current.spec };
}
