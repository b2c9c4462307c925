import { keyString, type KindDefinition, type ObjectKey } from "@dingi/apimachinery";
import type { RestMapper } from "@dingi/client";
import type { AllKindsWatch, ReconcileContext } from "./define-controller.ts";
import type { ServedInformers } from "./served-informers.ts";
import type { Workqueue } from "./workqueue.ts";

/** A kind that cannot be read must not keep the others waiting. Upstream: pkg/controller/garbagecollector/garbagecollector.go#Run */
const SYNC_MS = 30_000;

interface AllKindsWatcherOptions {
  readonly watch: AllKindsWatch;
  readonly source: ServedInformers;
  readonly context: ReconcileContext;
  readonly queue: Workqueue;
}

/** Tells one controller of the objects of all kinds that it watches, while kinds come and go. */
export class AllKindsWatcher implements Disposable {
  readonly #options: AllKindsWatcherOptions;
  readonly #watched = new Map<KindDefinition, Disposable>();
  /** Those whose objects are not known yet, and since when they are waited for. */
  readonly #unknown = new Map<KindDefinition, number>();
  #shown: RestMapper;

  constructor(options: AllKindsWatcherOptions) {
    this.#options = options;
    this.#shown = options.source.mapper;
    this.#show();
  }

  /** Whether there are kinds of which nothing is known yet: who looks at what belongs together would miss something. */
  get isBehind(): boolean {
    const { source, context } = this.#options;
    const now = context.clock.monotonic();
    for (const [kind, sinceMs] of this.#unknown) {
      if (source.get(kind)!.hasSynced || now - sinceMs >= SYNC_MS) this.#unknown.delete(kind);
      else return true;
    }
    return false;
  }

  /** Resolves when the kinds that are there now are known, or some of them cannot be. */
  async synced(): Promise<void> {
    const { source, context } = this.#options;
    const waited = new AbortController();
    const all = Promise.all([...this.#watched.keys()].map((kind) => source.get(kind)!.synced));
    const late = context.clock.sleep(SYNC_MS, AbortSignal.any([waited.signal, context.signal])).catch(() => {});
    await Promise.race([all, late]);
    waited.abort();
  }

  /** Until the controller stops. */
  async follow(): Promise<void> {
    const { source, context, watch } = this.#options;
    const { signal } = context;
    while (!signal.aborted) {
      try {
        this.#shown = await source.after(this.#shown, signal);
      } catch (error) {
        if (signal.aborted) return;
        throw error;
      }
      this.#show();
      this.#add(watch.changed?.(context) ?? []);
    }
  }

  [Symbol.dispose](): void {
    for (const kind of this.#watched.keys()) this.#end(kind);
  }

  #show(): void {
    const { watch } = this.#options;
    const wanted = this.#shown.kindsWith(watch.verbs);
    for (const kind of this.#watched.keys()) {
      if (wanted.has(kind)) continue;
      this.#end(kind);
      watch.gone?.(kind);
    }
    for (const kind of wanted) if (!this.#watched.has(kind) && !watch.ignores?.(kind)) this.#begin(kind);
  }

  #begin(kind: KindDefinition): void {
    const { watch, source, context } = this.#options;
    const informer = source.open(kind);
    this.#unknown.set(kind, context.clock.monotonic());
    this.#watched.set(
      kind,
      informer.onEvent(({ object }) => this.#add(watch.keys(kind, object, context))),
    );
  }

  #end(kind: KindDefinition): void {
    this.#watched.get(kind)?.[Symbol.dispose]();
    this.#watched.delete(kind);
    this.#unknown.delete(kind);
    this.#options.source.close(kind);
  }

  #add(keys: Iterable<ObjectKey | string>): void {
    for (const key of keys) this.#options.queue.add(typeof key === "string" ? key : keyString(key));
  }
}
