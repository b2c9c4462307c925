import type { KindDefinition, KubeObject, WatchEvent } from "@dingi/apimachinery";
import { AsyncQueue, seededRandom, silentLogger, type Clock } from "@dingi/base";
import { Client, Informers, type Transport, type TransportRequest } from "@dingi/client";

type Listener = (events: readonly WatchEvent[]) => void;

/** Objects that informers follow, without an API server: what the tests put here, they see. */
export class WatchedObjects {
  readonly #objects = new Map<string, Map<string, KubeObject>>();
  readonly #listeners = new Map<string, Set<Listener>>();
  #version = 0;

  informers(clock: Clock): Informers {
    const transport: Transport = {
      request: () => Promise.reject(new Error("Nothing but watching is served here")),
      stream: () => Promise.reject(new Error("Nothing but watching is served here")),
      watch: (request) => this.#watch(request),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    return new Informers({ client: new Client(transport), clock, random: seededRandom(1), logger: silentLogger });
  }

  put<T extends KubeObject>(kind: KindDefinition<T>, object: T): void {
    const { name = "", namespace = "" } = object.metadata;
    const objects = this.#of(kind.plural);
    const key = `${namespace}/${name}`;
    const stored = { ...object, metadata: { uid: key, ...object.metadata, resourceVersion: String(++this.#version) } };
    const type = objects.has(key) ? "MODIFIED" : "ADDED";
    objects.set(key, stored);
    this.#tell(kind.plural, { type, object: stored });
  }

  remove<T extends KubeObject>(kind: KindDefinition<T>, namespace: string, name: string): void {
    const stored = this.#of(kind.plural).get(`${namespace}/${name}`);
    this.#of(kind.plural).delete(`${namespace}/${name}`);
    if (stored) this.#tell(kind.plural, { type: "DELETED", object: stored });
  }

  #of(plural: string): Map<string, KubeObject> {
    const known = this.#objects.get(plural) ?? new Map<string, KubeObject>();
    this.#objects.set(plural, known);
    return known;
  }

  #tell(plural: string, event: WatchEvent): void {
    for (const listener of this.#listeners.get(plural) ?? []) listener([event]);
  }

  async *#watch({ path, signal }: TransportRequest): AsyncGenerator<readonly WatchEvent[]> {
    const plural = path.slice(path.lastIndexOf("/") + 1);
    const queue = new AsyncQueue<readonly WatchEvent[]>();
    const initial = [...this.#of(plural).values()].map((object): WatchEvent => ({ type: "ADDED", object }));
    const end = {
      metadata: { resourceVersion: String(this.#version), annotations: { "k8s.io/initial-events-end": "true" } },
    } as unknown as KubeObject;
    const listeners = this.#listeners.get(plural) ?? new Set<Listener>();
    this.#listeners.set(plural, listeners);
    const listener: Listener = (events) => queue.push(events);
    listeners.add(listener);
    signal?.addEventListener("abort", () => queue.end());
    try {
      yield [...initial, { type: "BOOKMARK", object: end }];
      yield* queue;
    } finally {
      listeners.delete(listener);
    }
  }
}
