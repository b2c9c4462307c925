import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { aborted, type Clock, type Logger, type Random } from "@dingi/base";
import { EventRecorder, Informers, type Client, type IndexFunction, type Informer } from "@dingi/client";
import type {
  AnyKindDefinition,
  ControllerCache,
  ControllerDefinition,
  ReconcileContext,
} from "./define-controller.ts";
import { runController } from "./controller.ts";

export interface ManagerOptions {
  /** Reads for all controllers. */
  readonly client: Client;
  /** Writes of one controller, under its own service account. */
  readonly clientFor: (serviceAccount: string) => Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly controllers: readonly ControllerDefinition[];
}

/** Runs controllers over one shared copy of what they watch, until the signal aborts. */
export async function runManager(options: ManagerOptions, signal: AbortSignal): Promise<void> {
  const { client, clock, random, logger, controllers } = options;
  await using informers = new Informers({ client, clock, random, logger });
  const indexes = collectIndexes(controllers);
  const informerOf = (kind: AnyKindDefinition): Informer<KubeObject> =>
    informers.of(kind as KindDefinition, { indexes: indexes.get(kind) ?? {} });
  for (const definition of controllers) for (const kind of kindsOf(definition)) informerOf(kind);
  informers.start();
  await Promise.race([informers.synced(), aborted(signal)]);
  if (signal.aborted) return;
  const cache = cacheOver(informerOf);
  await Promise.all(
    controllers.map((definition) =>
      runController({ definition, informerOf, context: contextFor(definition, options, cache, signal) }),
    ),
  );
}

function contextFor(
  definition: ControllerDefinition,
  options: ManagerOptions,
  cache: ControllerCache,
  signal: AbortSignal,
): ReconcileContext {
  const { clock, random, logger, clientFor } = options;
  const { serviceAccount } = definition;
  const client = serviceAccount === undefined ? options.client : clientFor(serviceAccount);
  const own = logger.with({ component: definition.name });
  const events = new EventRecorder({ client, clock, random, logger: own, component: definition.name });
  return { cache, client, clock, random, logger: own, events, signal };
}

function* kindsOf(definition: ControllerDefinition): Iterable<AnyKindDefinition> {
  if (definition.for) yield definition.for;
  yield* definition.owns ?? [];
  yield* definition.reads ?? [];
  for (const { kind } of definition.watches ?? []) yield kind;
  for (const { kind } of definition.indexes ?? []) yield kind;
}

function collectIndexes(
  controllers: readonly ControllerDefinition[],
): Map<AnyKindDefinition, Record<string, IndexFunction<KubeObject>>> {
  const all = new Map<AnyKindDefinition, Record<string, IndexFunction<KubeObject>>>();
  for (const { kind, name, values } of controllers.flatMap((definition) => definition.indexes ?? [])) {
    all.set(kind, { ...all.get(kind), [name]: values as unknown as IndexFunction<KubeObject> });
  }
  return all;
}

function cacheOver(informerOf: (kind: AnyKindDefinition) => Informer<KubeObject>): ControllerCache {
  const typed = <T extends KubeObject>(kind: KindDefinition<T>) =>
    informerOf(kind as unknown as AnyKindDefinition) as unknown as Informer<T>;
  return {
    get: (kind, key) => typed(kind).get(key),
    list: (kind, namespace) => typed(kind).list(namespace),
    by: (kind, index, value) => [...typed(kind).by(index, value)],
  };
}
