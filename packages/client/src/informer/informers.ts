import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { Informer, type InformerOptions } from "./informer.ts";

interface Entry {
  readonly informer: Informer<KubeObject>;
  readonly stop: AbortController;
  running?: Promise<void>;
}

type Selection<T extends KubeObject> = Pick<
  InformerOptions<T>,
  "namespace" | "labelSelector" | "fieldSelector" | "metadataOnly" | "indexes"
>;

/** A process's informers: one for each kind and selection, shared by all who read it. */
export class Informers implements AsyncDisposable {
  readonly #common: Omit<InformerOptions<KubeObject>, "kind">;
  readonly #informers = new Map<unknown, Map<string, Entry>>();
  /** What was stopped and has not ended yet. */
  readonly #ending = new Set<Promise<void>>();

  constructor(common: Pick<InformerOptions<KubeObject>, "client" | "clock" | "random" | "logger">) {
    this.#common = common;
  }

  /** The informer of a kind; it begins to follow the server with `start`. */
  of<T extends KubeObject>(kind: KindDefinition<T>, selection: Selection<T> = {}): Informer<T> {
    const { namespace = "", labelSelector = "", fieldSelector = "", metadataOnly = false } = selection;
    const name = [namespace, labelSelector, fieldSelector, metadataOnly].join("|");
    const ofKind = this.#informers.get(kind) ?? new Map<string, Entry>();
    const known = ofKind.get(name);
    if (known) {
      const informer = known.informer as unknown as Informer<T>;
      informer.addIndexes(selection.indexes ?? {});
      return informer;
    }
    const informer = new Informer<T>({ ...(this.#common as unknown as InformerOptions<T>), ...selection, kind });
    ofKind.set(name, { informer: informer as unknown as Informer<KubeObject>, stop: new AbortController() });
    this.#informers.set(kind, ofKind);
    return informer;
  }

  /** Starts those that do not run yet. */
  start(): void {
    for (const entry of this.#entries()) entry.running ??= entry.informer.run(entry.stop.signal);
  }

  /** Nobody needs this one any more: it is forgotten, and does not follow the server from now on. */
  stop(informer: Informer<KubeObject>): void {
    for (const [kind, ofKind] of this.#informers)
      for (const [name, entry] of ofKind) {
        if (entry.informer !== informer) continue;
        ofKind.delete(name);
        if (ofKind.size === 0) this.#informers.delete(kind);
        this.#end(entry);
      }
  }

  /** Resolves when all have their initial state. */
  async synced(): Promise<void> {
    await Promise.all(this.#entries().map(({ informer }) => informer.synced));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const entry of this.#entries()) this.#end(entry);
    await Promise.all(this.#ending);
  }

  #entries(): Entry[] {
    return [...this.#informers.values()].flatMap((ofKind) => [...ofKind.values()]);
  }

  #end({ stop, running }: Entry): void {
    stop.abort(new Error("The informer was stopped"));
    if (!running) return;
    const ended = running.finally(() => this.#ending.delete(ended));
    this.#ending.add(ended);
  }
}
