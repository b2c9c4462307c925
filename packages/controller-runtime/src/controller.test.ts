import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap, type V1ConfigMap } from "@dingi/api";
import type { KindDefinition, KubeObject, ObjectKey } from "@dingi/apimachinery";
import { FakeClock, settle, silentLogger } from "@dingi/base";
import { Client, type Informer, type InformerEvent, type Transport } from "@dingi/client";
import { runController } from "./controller.ts";
import { DONE, type AnyKindDefinition, type ReconcileContext } from "./define-controller.ts";

const KEY: ObjectKey = { namespace: "ns", name: "a" };
const mapAt = (resourceVersion: string, more: Partial<V1ConfigMap["metadata"]> = {}): V1ConfigMap => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { ...KEY, uid: "u", resourceVersion, ...more },
});

/** An informer that shows what the test says, and a controller over it that does what the test says. */
class Room implements AsyncDisposable {
  readonly clock = new FakeClock();
  rounds = 0;
  resourceVersion = "1";
  shown: KubeObject | undefined = mapAt("1");
  readonly #handlers = new Set<(event: InformerEvent<KubeObject>) => void>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;

  constructor(answer: unknown, act: (client: Client) => Promise<unknown>, kind: AnyKindDefinition = ConfigMap) {
    const answers = Array.isArray(answer) ? [...answer] : undefined;
    const transport = { request: async () => answers?.shift() ?? answer } as unknown as Transport;
    const informer = {
      get: () => this.shown,
      onEvent: (handler: (event: InformerEvent<KubeObject>) => void) => {
        this.#handlers.add(handler);
        return { [Symbol.dispose]: () => this.#handlers.delete(handler) };
      },
    };
    Object.defineProperty(informer, "resourceVersion", { get: () => this.resourceVersion });
    const { signal } = this.#stop;
    const context = { clock: this.clock, logger: silentLogger, client: new Client(transport), signal };
    this.#running = runController({
      definition: {
        name: "test",
        serviceAccount: undefined,
        for: kind,
        reconcile: async (_key, { client }) => {
          this.rounds++;
          await act(client);
          return DONE;
        },
      },
      informers: new Map([[kind, informer as unknown as Informer<KubeObject>]]),
      context: context as unknown as ReconcileContext,
    });
  }

  async event(): Promise<void> {
    for (const handler of this.#handlers) handler({ type: "added", object: mapAt("0") });
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

const update = (client: Client) => client.update(ConfigMap, mapAt("1"));
const patch = (client: Client) => client.patch(ConfigMap, KEY, {}, { type: "merge" });
const create = (client: Client) => client.create(ConfigMap, mapAt(""));
const remove = (client: Client) => client.delete(ConfigMap, KEY);

for (const [name, act] of Object.entries({ update, patch, create }))
  test(`nobody acts on a copy that is older than what was written for the same key: ${name}`, async () => {
    await using room = new Room(mapAt("7"), act);
    await room.event();
    room.resourceVersion = "6";
    await room.event();
    assert.equal(room.rounds, 1);
    room.resourceVersion = "7";
    await room.event();
    assert.equal(room.rounds, 2);
  });

for (const [name, answer] of Object.entries({
  "told by a Status": { kind: "Status", apiVersion: "v1", metadata: {}, details: { uid: "u" } },
  "told by the object": mapAt("1"),
}))
  test(`nobody acts on a copy that shows what was removed: ${name}`, async () => {
    await using room = new Room(answer, remove);
    await room.event();
    await room.event();
    assert.equal(room.rounds, 1);
    room.shown = mapAt("8", { deletionTimestamp: "2026-01-01T00:00:00Z" });
    await room.event();
    assert.equal(room.rounds, 2);
    room.shown = mapAt("9", { uid: "another" });
    await room.event();
    assert.equal(room.rounds, 3);
  });

test("the copy is looked at again though no event leads back to the key", async () => {
  await using room = new Room(mapAt("7"), update);
  await room.event();
  await room.event();
  room.resourceVersion = "7";
  await room.clock.advance(100);
  assert.equal(room.rounds, 2);
});

test("what never shows is not waited for longer than half a minute", async () => {
  await using room = new Room(mapAt("7"), update);
  await room.event();
  await room.event();
  await room.clock.advance(30_000);
  assert.equal(room.rounds, 1);
  await room.clock.advance(200);
  assert.equal(room.rounds, 2);
});

test("a copy that is being filled anew is behind", async () => {
  await using room = new Room(mapAt("7"), update);
  await room.event();
  room.resourceVersion = "";
  await room.event();
  assert.equal(room.rounds, 1);
});

test("of several writes the newest counts, in whatever order they are answered", async () => {
  await using room = new Room([mapAt("9"), mapAt("7")], async (client) => [await update(client), await patch(client)]);
  await room.event();
  room.resourceVersion = "8";
  await room.event();
  assert.equal(room.rounds, 1);
});

test("an answer without a revision is nothing to wait for", async () => {
  await using room = new Room({ ...mapAt("1"), metadata: KEY }, update);
  await room.event();
  await room.event();
  assert.equal(room.rounds, 2);
});

test("what is written of kinds that are not watched is not waited for", async () => {
  const other = { ...ConfigMap } as unknown as KindDefinition<V1ConfigMap>;
  await using room = new Room(mapAt("7"), (client) => client.update(other, mapAt("1")));
  await room.event();
  await room.event();
  assert.equal(room.rounds, 2);
});
