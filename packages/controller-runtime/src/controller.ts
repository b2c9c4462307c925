import {
  isConflict,
  keyOf,
  keyString,
  parseKey,
  isNamespaceTerminating,
  type KindDefinition,
  type KubeObject,
} from "@dingi/apimachinery";
import { describeError } from "@dingi/base";
import type { Informer } from "@dingi/client";
import {
  TerminalError,
  type AnyKindDefinition,
  type ControllerDefinition,
  type ReconcileContext,
} from "./define-controller.ts";
import { AllKindsWatcher } from "./all-kinds-watcher.ts";
import { OwnWrites, type WatchedKinds } from "./own-writes.ts";
import type { ServedInformers } from "./served-informers.ts";
import { Workqueue } from "./workqueue.ts";

const WORKERS = 5;
/** After which what was not shown is looked for again, should no event lead back to the key. */
const BEHIND_MS = 100;

interface RunControllerOptions {
  readonly definition: ControllerDefinition;
  readonly context: ReconcileContext;
  readonly informers: WatchedKinds;
  /** For a controller that watches all kinds. */
  readonly served?: ServedInformers;
}

/** Runs one controller until the signal aborts. */
export async function runController(options: RunControllerOptions): Promise<void> {
  const { definition, context, served } = options;
  const informers = served && definition.watchesAll ? withServed(options.informers, served) : options.informers;
  using queue = new Workqueue(context.clock);
  const informerOf = (kind: AnyKindDefinition): Informer<KubeObject> => informers.get(kind)!;
  const writes = new OwnWrites(context.clock, informers);
  using _subscriptions = subscribe(definition, { context, queue, informerOf });
  const works = { definition, context, queue, writes };
  const workers = (isBehind?: () => boolean) =>
    Array.from({ length: definition.concurrency ?? WORKERS }, () => work(works, isBehind));
  if (!definition.watchesAll || !served) return void (await Promise.all(workers()));
  using all = new AllKindsWatcher({ watch: definition.watchesAll, source: served, context, queue });
  const following = all.follow();
  await all.synced();
  await Promise.all([following, ...workers(() => all.isBehind)]);
}

/** What is known of its own writes is looked for where it watches. */
function withServed(informers: WatchedKinds, served: ServedInformers): WatchedKinds {
  return { get: (kind) => informers.get(kind) ?? served.get(kind) };
}

interface Subscribing {
  readonly context: ReconcileContext;
  readonly queue: Workqueue;
  readonly informerOf: (kind: AnyKindDefinition) => Informer<KubeObject>;
}

/** Brings the keys that events concern into the queue. */
function subscribe(definition: ControllerDefinition, { context, queue, informerOf }: Subscribing): Disposable {
  const subscriptions = new DisposableStack();
  for (const key of definition.initialKeys ?? []) queue.add(key);
  if (definition.for)
    subscriptions.use(informerOf(definition.for).onEvent(({ object }) => queue.add(keyString(keyOf(object)))));
  for (const owned of definition.owns ?? []) {
    const informer = informerOf(owned);
    subscriptions.use(
      informer.onEvent((event) => {
        for (const object of event.type === "updated" ? [event.previous, event.object] : [event.object]) {
          const key = ownerKey(object, definition.for as KindDefinition);
          if (key !== undefined) queue.add(key);
        }
      }),
    );
  }
  for (const { kind, keys } of definition.watches ?? []) {
    subscriptions.use(
      informerOf(kind).onEvent((event) => {
        const previous = event.type === "updated" ? event.previous : undefined;
        for (const key of keys(event.object as never, context, previous as never))
          queue.add(typeof key === "string" ? key : keyString(key));
      }),
    );
  }
  return subscriptions;
}

/** The key of the controlling owner, when it is of the kind. */
function ownerKey(object: KubeObject, kind: KindDefinition): string | undefined {
  const owner = (object.metadata.ownerReferences ?? []).find(({ controller }) => controller);
  if (!owner || owner.kind !== kind.kind || owner.apiVersion !== kind.apiVersion) return undefined;
  return keyString({ namespace: object.metadata.namespace ?? "", name: owner.name });
}

interface Works {
  readonly definition: ControllerDefinition;
  readonly context: ReconcileContext;
  readonly queue: Workqueue;
  readonly writes: OwnWrites;
}

/** @param isBehind Whether anything but its own writes is not shown yet. */
async function work({ definition, context, queue, writes }: Works, isBehind = () => false): Promise<void> {
  const { signal, logger } = context;
  for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
    if (writes.isBehind(key) || isBehind()) {
      queue.addAfter(key, BEHIND_MS);
      queue.done(key);
      continue;
    }
    try {
      const client = context.client.observedBy(writes.of(key));
      const { requeueAfterMs } = await definition.reconcile(parseKey(key), { ...context, client });
      queue.forget(key);
      if (requeueAfterMs !== undefined) queue.addAfter(key, requeueAfterMs);
    } catch (error) {
      if (!signal.aborted) handleError(definition, { key, error }, queue, logger);
    } finally {
      queue.done(key);
    }
  }
}

function handleError(
  definition: ControllerDefinition,
  failure: { key: string; error: unknown },
  queue: Workqueue,
  logger: ReconcileContext["logger"],
): void {
  const { key, error } = failure;
  const data = { controller: definition.name, key, error: describeError(error) };
  if (error instanceof TerminalError) {
    logger.error("Reconciliation failed for good", data);
    return queue.forget(key);
  }
  // Somebody else wrote first, or the namespace is going away: not worth a word.
  if (isConflict(error) || isNamespaceTerminating(error)) logger.debug("Reconciliation is tried again", data);
  else logger.warn("Reconciliation failed", data);
  queue.addRateLimited(key);
}
