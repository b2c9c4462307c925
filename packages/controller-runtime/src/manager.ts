import { builtinKinds } from "@dingi/api";
import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { aborted, type Clock, type Logger, type Random } from "@dingi/base";
import { Discovery, EventRecorder, Informers, type Client, type Informer } from "@dingi/client";
import type {
  AnyKindDefinition,
  ControllerCache,
  ControllerDefinition,
  ReconcileContext,
} from "./define-controller.ts";
import { cacheOver, collectIndexes, kindsOf } from "./controller-cache.ts";
import { ServedInformers } from "./served-informers.ts";
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
  const discovery = new Discovery({ client, clock, random, logger, kinds: builtinKinds });
  const following = discovery.run(signal);
  await Promise.race([Promise.all([informers.synced(), firstAnswer(discovery, signal)]), aborted(signal)]);
  if (signal.aborted) return await following;
  const whole = new Set(controllers.flatMap((definition) => [...kindsOf(definition)]));
  const served = new ServedInformers({ discovery, informers, whole });
  const isOpen = (kind: AnyKindDefinition) => whole.has(kind) || served.get(kind) !== undefined;
  const cache = cacheOver((kind) => served.get(kind) ?? informerOf(kind), isOpen);
  await Promise.all([
    following,
    ...controllers.map((definition) =>
      runController({
        definition,
        served,
        informers: new Map([...kindsOf(definition)].map((kind) => [kind, informerOf(kind)])),
        context: contextFor(definition, { ...options, discovery, cache }, signal),
      }),
    ),
  ]);
}

/** Before it, no kind is known to be served. */
async function firstAnswer(discovery: Discovery, signal: AbortSignal): Promise<void> {
  let shown = discovery.current;
  while (shown.resources.length === 0) shown = await discovery.after(shown, signal);
}

function contextFor(
  definition: ControllerDefinition,
  options: ManagerOptions & { readonly discovery: Discovery; readonly cache: ControllerCache },
  signal: AbortSignal,
): ReconcileContext {
  const { clock, random, logger, clientFor, discovery: kinds, cache } = options;
  const { serviceAccount } = definition;
  const client = serviceAccount === undefined ? options.client : clientFor(serviceAccount);
  const own = logger.with({ component: definition.name });
  const events = new EventRecorder({ client, clock, random, logger: own, component: definition.name });
  return { kinds, cache, client, clock, random, logger: own, events, signal };
}
