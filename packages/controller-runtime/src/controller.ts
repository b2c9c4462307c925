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
import { Workqueue } from "./workqueue.ts";

const WORKERS = 5;

export interface RunControllerOptions {
  readonly definition: ControllerDefinition;
  readonly context: ReconcileContext;
  readonly informerOf: (kind: AnyKindDefinition) => Informer<KubeObject>;
}

/** Runs one controller until the signal aborts. */
export async function runController({ definition, context, informerOf }: RunControllerOptions): Promise<void> {
  using queue = new Workqueue(context.clock);
  using subscriptions = new DisposableStack();
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
  await Promise.all(Array.from({ length: definition.concurrency ?? WORKERS }, () => work(definition, context, queue)));
}

/** The key of the controlling owner, when it is of the kind. */
function ownerKey(object: KubeObject, kind: KindDefinition): string | undefined {
  const owner = (object.metadata.ownerReferences ?? []).find(({ controller }) => controller);
  if (!owner || owner.kind !== kind.kind || owner.apiVersion !== kind.apiVersion) return undefined;
  return keyString({ namespace: object.metadata.namespace ?? "", name: owner.name });
}

async function work(definition: ControllerDefinition, context: ReconcileContext, queue: Workqueue): Promise<void> {
  const { signal, logger } = context;
  for (let key = await queue.take(signal); key !== undefined; key = await queue.take(signal)) {
    try {
      const { requeueAfterMs } = await definition.reconcile(parseKey(key), context);
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
