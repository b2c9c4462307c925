import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EndpointSlice, Namespace, Service, type V1Namespace } from "@dingi/api";
import type { KindDefinition, KubeObject, WatchEvent } from "@dingi/apimachinery";
import { AsyncQueue, FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import { Client, Informers, type Transport } from "@dingi/client";
import { RecordIndex } from "./record-index.ts";
import { aService, aSlice } from "./record-fixture.ts";

/** Informers that see what the test tells. */
class Bench implements AsyncDisposable {
  readonly #queues = new Map<string, AsyncQueue<readonly WatchEvent[]>>();
  readonly informers: Informers;
  readonly index: RecordIndex;
  #version = 0;

  constructor() {
    const transport: Transport = {
      request: () => Promise.reject(new Error("Nothing but watching is served here")),
      stream: () => Promise.reject(new Error("Nothing but watching is served here")),
      watch: ({ path }) => this.#queue(path.slice(path.lastIndexOf("/") + 1)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const client = new Client(transport);
    this.informers = new Informers({ client, clock: new FakeClock(), random: seededRandom(1), logger: silentLogger });
    this.index = new RecordIndex(this.informers, "Cluster.Local.");
    this.informers.start();
  }

  async tell<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: T,
    type: WatchEvent["type"] = "MODIFIED",
  ): Promise<void> {
    const { name = "", namespace = "" } = object.metadata;
    const metadata = { uid: `${namespace}/${name}`, ...object.metadata, resourceVersion: String(++this.#version) };
    this.#queue(kind.plural).push([{ type, object: { ...object, metadata } }]);
    await settle();
  }

  async sync(...kinds: readonly { readonly plural: string }[]): Promise<void> {
    const metadata = { resourceVersion: "1", annotations: { "k8s.io/initial-events-end": "true" } };
    for (const { plural } of kinds)
      this.#queue(plural).push([{ type: "BOOKMARK", object: { metadata } as unknown as KubeObject }]);
    await settle();
  }

  #queue(plural: string): AsyncQueue<readonly WatchEvent[]> {
    const queue = this.#queues.get(plural) ?? new AsyncQueue<readonly WatchEvent[]>();
    this.#queues.set(plural, queue);
    return queue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.index[Symbol.dispose]();
    for (const queue of this.#queues.values()) queue.end();
    await this.informers[Symbol.asyncDispose]();
  }
}

const web = aService("web", { clusterIP: "10.96.0.20", ports: [{ name: "http", port: 80 }] });
const slice = (...addresses: string[]) =>
  aSlice(
    "web",
    addresses.map((address) => ({ addresses: [address], conditions: {} })),
  );
const namesAt = (index: RecordIndex, address: string) => [...index.endpointsAt(address)].map(({ name }) => name);

describe("record index", () => {
  test("a slice may come before its service", async () => {
    await using bench = new Bench();
    await bench.tell(EndpointSlice, slice("10.244.0.2"));
    assert.equal(bench.index.service("default", "web"), undefined);
    await bench.tell(Service, web);
    assert.deepEqual(
      bench.index.service("default", "web")?.endpoints.map(({ address }) => address),
      ["10.244.0.2"],
    );
    assert.equal(bench.index.serviceAt("10.96.0.20")?.name, "web");
    assert.equal(bench.index.zone, "cluster.local");
  });

  test("what goes is not found by any way", async () => {
    await using bench = new Bench();
    await bench.tell(Service, web);
    await bench.tell(EndpointSlice, slice("10.244.0.2", "10.244.0.3"));
    await bench.tell(EndpointSlice, slice("10.244.0.3"));
    assert.deepEqual(namesAt(bench.index, "10.244.0.2"), []);
    assert.deepEqual(namesAt(bench.index, "10.244.0.3"), ["web"]);
    await bench.tell(Service, web, "DELETED");
    assert.deepEqual(namesAt(bench.index, "10.244.0.3"), []);
    assert.equal(bench.index.serviceAt("10.96.0.20"), undefined);
  });

  test("an address that went over to another service stays with it", async () => {
    await using bench = new Bench();
    await bench.tell(Service, web);
    await bench.tell(Service, aService("heir", { clusterIP: "10.96.0.20", ports: [] }));
    await bench.tell(Service, web, "DELETED");
    assert.equal(bench.index.serviceAt("10.96.0.20")?.name, "heir");
  });

  test("each change raises the serial", async () => {
    await using bench = new Bench();
    const before = bench.index.serial;
    await bench.tell(Service, web);
    assert.ok(bench.index.serial > before);
  });

  test("known once services and slices are; without leave to see namespaces any may exist", async () => {
    await using bench = new Bench();
    assert.equal(bench.index.hasSynced, false);
    await bench.sync(Service, EndpointSlice);
    assert.equal(bench.index.hasSynced, true);
    assert.equal(bench.index.hasNamespace("any"), true);
    await bench.tell(Namespace, { metadata: { name: "real" }, spec: {}, status: {} } as V1Namespace);
    await bench.sync(Namespace);
    assert.deepEqual([bench.index.hasNamespace("real"), bench.index.hasNamespace("any")], [true, false]);
  });
});
