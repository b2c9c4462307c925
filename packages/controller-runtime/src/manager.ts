import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { aborted, type Clock, type Logger, type Random } from "@dingi/base";
import { EventRecorder, Informers, type Client, type Informer } from "@dingi/client";
import type {
  AnyKindDefinition,
  ControllerCache,
  ControllerDefinition,
  ReconcileContext,
} from "./define-controller.ts";
import { cacheOver, collectIndexes, kindsOf } from "./controller-cache.ts";
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
      runController({
        definition,
        informers: new Map([...kindsOf(definition)].map((kind) => [kind, informerOf(kind)])),
        context: contextFor(definition, options, cache, signal),
      }),
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
