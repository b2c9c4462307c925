import { keyOf, keyString, type KindDefinition, type KubeObject, type WatchEvent } from "@dingi/apimachinery";
import { AsyncQueue, FakeClock, settle, silentLogger, systemRandom } from "@dingi/base";
import { Informers, type Client } from "@dingi/client";

const END_OF_INITIAL = { annotations: { "k8s.io/initial-events-end": "true" }, resourceVersion: "1" };
type Stream = AsyncQueue<WatchEvent<KubeObject>[]>;

/** Informers that show what a test says, and a client whose writes it answers. */
export class FakeInformers implements AsyncDisposable {
  readonly clock = new FakeClock();
  /** What was written, in order. */
  readonly written: KubeObject[] = [];
  readonly informers: Informers;
  readonly client: Client;
  /** What a write is answered with, or throws; the informers show nothing of it by themselves. */
  onWrite: (object: KubeObject) => KubeObject = (object) => object;
  readonly #streams = new Map<unknown, Stream>();
  #resourceVersion = 1;

  constructor() {
    this.client = {
      watch: (kind: KindDefinition) => this.#stream(kind),
      update: async (_kind: KindDefinition, object: KubeObject) => {
        this.written.push(object);
        const resourceVersion = String(++this.#resourceVersion);
        return { ...this.onWrite(object), metadata: { ...object.metadata, resourceVersion } };
      },
    } as unknown as Client;
    const common = { clock: this.clock, random: systemRandom, logger: silentLogger };
    this.informers = new Informers({ ...common, client: this.client });
  }

  async start(): Promise<void> {
    this.informers.start();
    await this.informers.synced();
  }

  /** What the informer shows from now on; "DELETED" takes it away. */
  async show<T extends KubeObject>(kind: KindDefinition<T>, object: T, type?: "DELETED"): Promise<T> {
    const known = this.informers.of(kind).get(keyString(keyOf(object)));
    const metadata = { ...object.metadata, resourceVersion: String(++this.#resourceVersion) };
    const shown = { ...object, metadata };
    this.#stream(kind).push([{ type: type ?? (known ? "MODIFIED" : "ADDED"), object: shown }]);
    await settle();
    await settle();
    return shown;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const stream of this.#streams.values()) stream.end();
    await this.informers[Symbol.asyncDispose]();
  }

  #stream(kind: unknown): Stream {
    const known = this.#streams.get(kind);
    if (known) return known;
    const stream: Stream = new AsyncQueue();
    stream.push([{ type: "BOOKMARK", object: { metadata: END_OF_INITIAL } as KubeObject }]);
    this.#streams.set(kind, stream);
    return stream;
  }
}
