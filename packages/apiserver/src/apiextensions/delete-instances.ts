import { isConflict, isNotFound, type ObjectKey } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import { OPEN_GATE } from "../admission/gate.ts";
import type { ResourceStore } from "../registry/resource-store.ts";
import type { WriteContext } from "../registry/request-context.ts";

const PATIENCE_MS = 60_000;

interface DeletingOptions {
  readonly store: ResourceStore;
  readonly context: Omit<WriteContext, "admission" | "dryRun" | "warn">;
  readonly clock: Clock;
}

/**
 * Deletes all objects of a kind, without asking admission; resolves to whether there are none left. Those that finalizers
 * hold are waited for, for a minute. Upstream: apiextensions-apiserver/pkg/controller/finalizer/crd_finalizer.go#deleteInstances
 */
export async function deleteInstances({ store, context, clock }: DeletingOptions): Promise<boolean> {
  const { cache } = store;
  for (const { object } of cache.snapshot().values()) {
    const { namespace = "", name = "" } = object.metadata;
    await deleteOne(store, { namespace, name }, context);
    await clock.yieldIfDue();
  }
  return await emptied(store, clock, context.signal);
}

async function deleteOne(store: ResourceStore, key: ObjectKey, context: DeletingOptions["context"]): Promise<void> {
  try {
    await store.delete({ key, options: {} }, { ...context, admission: OPEN_GATE, dryRun: false, warn: () => {} });
  } catch (error) {
    // Somebody else was faster; what is left is looked at again.
    if (!isNotFound(error) && !isConflict(error)) throw error;
  }
}

async function emptied({ cache }: ResourceStore, clock: Clock, signal: AbortSignal): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const look = (): void => {
    if (cache.snapshot().size === 0) resolve(true);
  };
  using _events = cache.onEvent(look);
  using _timer = clock.timer(PATIENCE_MS, () => resolve(false));
  const stop = (): void => resolve(false);
  signal.addEventListener("abort", stop, { once: true });
  look();
  try {
    return await promise;
  } finally {
    signal.removeEventListener("abort", stop);
  }
}
