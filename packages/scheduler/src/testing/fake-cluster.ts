import { Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import type { KindDefinition, KubeObject, WatchEvent } from "@dingi/apimachinery";
import { AsyncQueue, FakeClock, settle, silentLogger, systemRandom } from "@dingi/base";
import { Informers, type Client } from "@dingi/client";
import type { Plugin } from "../framework/plugin.ts";
import { Scheduler } from "../scheduler.ts";

const END_OF_INITIAL = { annotations: { "k8s.io/initial-events-end": "true" }, resourceVersion: "1" };

/** A scheduler whose API server is the test: it says what the informers show, and when, and how each write ends. */
export class FakeCluster implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** "delete a", "bind b n", "status c {…}": what the scheduler wrote, in order. */
  readonly calls: string[] = [];
  /** Called for each write; what it returns or throws is the answer. */
  onWrite: (call: string) => unknown = () => undefined;
  readonly scheduler: Scheduler;
  readonly #streams = new Map<unknown, AsyncQueue<WatchEvent<KubeObject>[]>>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #resourceVersion = 1;

  constructor(plugins: readonly Plugin[]) {
    const common = { client: this.#client(), clock: this.clock, random: systemRandom, logger: silentLogger };
    const informers = new Informers(common);
    this.scheduler = new Scheduler({
      ...common,
      informers,
      plugins: [...plugins, this.#binder()].map((plugin) => ({ plugin, weight: 1 })),
    });
    this.#running = this.#run(informers);
  }

  /** What the informers show from now on. */
  async show(type: "ADDED" | "MODIFIED" | "DELETED", ...objects: (V1Pod | V1Node)[]): Promise<void> {
    for (const object of objects) {
      const metadata = { ...object.metadata, resourceVersion: String(++this.#resourceVersion) };
      this.#stream(object.kind === "Node" ? Node : Pod).push([{ type, object: { ...object, metadata } as KubeObject }]);
    }
    await settle();
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    for (const stream of this.#streams.values()) stream.end();
    await this.#running;
  }

  async #run(informers: Informers): Promise<void> {
    await this.scheduler.run(this.#stop.signal);
    await informers[Symbol.asyncDispose]();
  }

  #write(call: string): Promise<unknown> {
    this.calls.push(call);
    return Promise.resolve().then(() => this.onWrite(call));
  }

  #binder(): Plugin {
    return {
      name: "Binder",
      bind: async (_state, pod, node) => {
        await this.#write(`bind ${pod.metadata.name} ${node}`);
        return { code: "success" };
      },
    };
  }

  #stream(kind: unknown): AsyncQueue<WatchEvent<KubeObject>[]> {
    const known = this.#streams.get(kind);
    if (known) return known;
    const stream = new AsyncQueue<WatchEvent<KubeObject>[]>();
    stream.push([{ type: "BOOKMARK", object: { metadata: END_OF_INITIAL } as KubeObject }]);
    this.#streams.set(kind, stream);
    return stream;
  }

  #client(): Client {
    return {
      watch: (kind: KindDefinition) => this.#stream(kind),
      patch: (_kind: KindDefinition, { name }: { name: string }, { status }: { status: object }) =>
        this.#write(`status ${name} ${JSON.stringify(status)}`),
      delete: (_kind: KindDefinition, { name }: { name: string }) => this.#write(`delete ${name}`),
      create: () => Promise.resolve({}),
    } as unknown as Client;
  }
}
