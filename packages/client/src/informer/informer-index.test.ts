import assert from "node:assert/strict";
import { test } from "node:test";
import { ConfigMap } from "@dingi/api";
import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import { AsyncQueue, countVisits, FakeClock, settle, silentLogger, systemRandom } from "@dingi/base";
import type { Client } from "../client.ts";
import type { Informer } from "./informer.ts";
import { Informers } from "./informers.ts";

const kind = ConfigMap as unknown as KindDefinition;
const mapOf = (namespace: string, name: string, team = "a"): KubeObject => ({
  apiVersion: "v1",
  kind: "ConfigMap",
  metadata: { namespace, name, uid: `${namespace}/${name}`, labels: { team }, resourceVersion: `${name}${team}` },
});
const byTeam = { team: ({ metadata }: KubeObject) => [metadata.labels?.["team"] ?? ""] };
const names = (objects: Iterable<KubeObject>) => [...objects].map(({ metadata }) => metadata.name).toSorted();

class Room implements AsyncDisposable {
  readonly informers: Informers;
  readonly informer: Informer<KubeObject>;
  readonly #events = new AsyncQueue<unknown>();

  constructor(indexes: object = {}) {
    const client = { watch: () => this.#events } as unknown as Client;
    this.informers = new Informers({ client, clock: new FakeClock(), random: systemRandom, logger: silentLogger });
    this.informer = this.informers.of(kind, { indexes: indexes as never });
    this.informers.start();
  }

  async tell(type: string, ...objects: KubeObject[]): Promise<void> {
    this.#events.push(objects.map((object) => ({ type, object })));
    await settle();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#events.end();
    await this.informers[Symbol.asyncDispose]();
  }
}

test("whoever shares an informer gets the indexes that he asks for, also of what is there already", async () => {
  await using room = new Room();
  await room.tell("ADDED", mapOf("ns", "early"));
  const shared = room.informers.of(kind, { indexes: byTeam });
  assert.equal(shared, room.informer);
  await room.tell("ADDED", mapOf("ns", "late"));
  assert.deepEqual(names(shared.by("team", "a")), ["early", "late"]);
  await room.tell("MODIFIED", mapOf("ns", "early", "b"));
  assert.deepEqual([names(shared.by("team", "a")), shared.count("team", "b")], [["late"], 1]);
  await room.tell("DELETED", mapOf("ns", "early", "b"));
  assert.deepEqual([...shared.values("team")], ["a"]);
});

test("a namespace is listed without going through the others", async () => {
  const cost = async (count: number) => {
    await using room = new Room();
    await room.tell("ADDED", mapOf("ns", "own"), ...Array.from({ length: count }, (_, i) => mapOf(`ns-${i}`, "other")));
    return await countVisits(() => assert.deepEqual(names(room.informer.list("ns")), ["own"]));
  };
  assert.equal(await cost(20_000), await cost(200));
});
