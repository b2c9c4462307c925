import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { Informer, type InformerOptions } from "./informer.ts";

/** A process's informers: one for each kind and selection, shared by all who read it. */
export class Informers implements AsyncDisposable {
  readonly #common: Omit<InformerOptions<KubeObject>, "kind">;
  readonly #informers = new Map<string, { informer: Informer<KubeObject>; running?: Promise<void> }>();
  readonly #stop = new AbortController();

  constructor(common: Pick<InformerOptions<KubeObject>, "client" | "clock" | "random" | "logger">) {
    this.#common = common;
  }

  /** The informer of a kind; it begins to follow the server with `start`. */
  of<T extends KubeObject>(
    kind: KindDefinition<T>,
    selection: Pick<InformerOptions<T>, "namespace" | "labelSelector" | "fieldSelector" | "indexes"> = {},
  ): Informer<T> {
    const { namespace = "", labelSelector = "", fieldSelector = "" } = selection;
    const name = [kind.apiVersion, kind.kind, namespace, labelSelector, fieldSelector].join("|");
    const known = this.#informers.get(name);
    if (known) {
      const informer = known.informer as unknown as Informer<T>;
      informer.addIndexes(selection.indexes ?? {});
      return informer;
    }
    const informer = new Informer<T>({ ...(this.#common as unknown as InformerOptions<T>), ...selection, kind });
    this.#informers.set(name, { informer: informer as unknown as Informer<KubeObject> });
    return informer;
  }

  /** Starts those that do not run yet. */
  start(): void {
    for (const entry of this.#informers.values()) entry.running ??= entry.informer.run(this.#stop.signal);
  }

  /** Resolves when all have their initial state. */
  async synced(): Promise<void> {
    await Promise.all([...this.#informers.values()].map(({ informer }) => informer.synced));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("Informers were stopped"));
    await Promise.all(this.#running());
  }

  #running(): Promise<void>[] {
    return [...this.#informers.values()].flatMap(({ running }) => running ?? []);
  }
}
