import assert from "node:assert/strict";
import { describe, test } from "node:test";
import { EndpointSlice, Node, Service, type V1Endpoint, type V1Node } from "@dingi/api";
import type { KindDefinition, KubeObject, WatchEvent } from "@dingi/apimachinery";
import { AsyncQueue, FakeClock, seededRandom, settle, silentLogger } from "@dingi/base";
import { Client, Informers, type Transport } from "@dingi/client";
import { parseFlows, type NftRunner } from "./nft-runner.ts";
import { aService, aSlice, at, SITE } from "./proxy-fixture.ts";
import { runProxy } from "./proxy.ts";
import type { UdpFlow } from "./udp-flow.ts";

/** A proxy whose API server and kernel are the test's. */
class Bench implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly scripts: string[] = [];
  readonly forgotten: unknown[] = [];
  remembered: UdpFlow[] = [];
  refuse = false;
  readonly #queues = new Map<string, AsyncQueue<readonly WatchEvent[]>>();
  readonly #stop = new AbortController();
  readonly #running: Promise<void>;
  #version = 0;

  constructor() {
    const transport: Transport = {
      request: () => Promise.reject(new Error("Nothing but watching is served here")),
      stream: () => Promise.reject(new Error("Nothing but watching is served here")),
      watch: ({ path }) => this.#queue(path.slice(path.lastIndexOf("/") + 1)),
      [Symbol.asyncDispose]: () => Promise.resolve(),
    };
    const random = seededRandom(1);
    const common = { clock: this.clock, random, logger: silentLogger };
    const nft: NftRunner = {
      apply: (script) =>
        this.refuse ? Promise.reject(new Error("Refused")) : Promise.resolve(void this.scripts.push(script)),
      forget: (flow) => Promise.resolve(void this.forgotten.push(flow)),
      udpFlows: () => Promise.resolve(this.remembered),
    };
    const informers = new Informers({ ...common, client: new Client(transport) });
    const { nodeName, nodeIp, podCidr } = SITE;
    this.#running = runProxy(
      {
        ...common,
        informers,
        nodeName,
        nodeIp,
        clusterCidr: podCidr,
        podCidr: SITE.ownPods,
        serviceCidr: "10.96.0.0/16",
        nft,
      },
      this.#stop.signal,
    );
  }

  tell<T extends KubeObject>(
    kind: KindDefinition<T>,
    object: T,
    type: "ADDED" | "MODIFIED" | "DELETED" = "MODIFIED",
  ): void {
    const { name = "" } = object.metadata;
    const metadata = { uid: name, ...object.metadata, resourceVersion: String(++this.#version) };
    this.#queue(kind.plural).push([{ type, object: { ...object, metadata } }]);
  }

  /** All informers have their initial state. */
  async sync(): Promise<void> {
    for (const { plural } of [Service, EndpointSlice, Node]) {
      const object = {
        metadata: { resourceVersion: "1", annotations: { "k8s.io/initial-events-end": "true" } },
      } as unknown as KubeObject;
      this.#queue(plural).push([{ type: "BOOKMARK", object }]);
    }
    await settle();
  }

  #queue(plural: string): AsyncQueue<readonly WatchEvent[]> {
    const queue = this.#queues.get(plural) ?? new AsyncQueue<readonly WatchEvent[]>();
    this.#queues.set(plural, queue);
    return queue;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#running;
  }
}

const slice = (...endpoints: V1Endpoint[]) => aSlice(endpoints);

async function running(): Promise<Bench> {
  const bench = new Bench();
  bench.tell(Service, aService({}), "ADDED");
  bench.tell(EndpointSlice, slice(at("10.244.1.2", "n1")), "ADDED");
  await bench.sync();
  return bench;
}

describe("proxy", () => {
  test("says nothing before it knows all, then all at once", async () => {
    await using bench = new Bench();
    bench.tell(Service, aService({}), "ADDED");
    await settle();
    assert.deepEqual(bench.scripts, []);
    bench.tell(EndpointSlice, slice(at("10.244.1.2", "n1")), "ADDED");
    await bench.sync();
    assert.equal(bench.scripts.length, 1);
    assert.match(bench.scripts[0]!, /^table ip dingi\ndelete table ip dingi\n/);
    assert.match(bench.scripts[0]!, /add element ip dingi services \{ 10\.96\.0\.1 \. tcp \. 80 : goto c1 \}/);
  });

  test("a change after quiet goes at once; a burst goes together", async () => {
    await using bench = await running();
    await bench.clock.advance(1000);
    for (let i = 3; i < 10; i++) {
      bench.tell(EndpointSlice, slice(at("10.244.1.2", "n1"), at(`10.244.1.${i}`, "n1")));
      await settle();
    }
    assert.equal(bench.scripts.length, 2, "the first of the burst");
    await bench.clock.advance(50);
    assert.equal(bench.scripts.length, 3, "all others");
    assert.match(bench.scripts[2]!, /10\.244\.1\.9/);
    assert.doesNotMatch(bench.scripts[2]!, /10\.244\.1\.8/);
    await bench.clock.advance(10_000);
    assert.equal(bench.scripts.length, 3);
  });

  test("a refusal leads to a whole reload, with what changed meanwhile", async () => {
    await using bench = await running();
    await bench.clock.advance(1000);
    bench.refuse = true;
    bench.tell(EndpointSlice, slice(at("10.244.1.3", "n1")));
    await settle();
    bench.refuse = false;
    bench.tell(Service, aService({ clusterIP: "10.96.0.7", clusterIPs: ["10.96.0.7"] }));
    await bench.clock.advance(1000);
    assert.match(bench.scripts.at(-1)!, /^table ip dingi\ndelete table/);
    assert.match(bench.scripts.at(-1)!, /10\.96\.0\.7 \. tcp \. 80 \. 0 : 10\.244\.1\.3/);
  });

  test("a zone that becomes known changes the choice", async () => {
    await using bench = new Bench();
    const hinted = (ip: string, zone: string) => at(ip, "n2", { hints: { forZones: [{ name: zone }] } });
    bench.tell(Service, aService({}), "ADDED");
    bench.tell(EndpointSlice, slice(hinted("10.244.2.2", "z1"), hinted("10.244.2.3", "z2")), "ADDED");
    await bench.sync();
    assert.match(bench.scripts[0]!, /goto c2/);
    bench.tell(
      Node,
      { metadata: { name: "n1", labels: { "topology.kubernetes.io/zone": "z1" } }, spec: {}, status: {} } as V1Node,
      "ADDED",
    );
    await bench.clock.advance(100);
    assert.match(bench.scripts.at(-1)!, /goto c1/);
  });

  test("a slice that goes over to another service leaves the first", async () => {
    await using bench = await running();
    const moved = slice(at("10.244.1.2", "n1"));
    bench.tell(EndpointSlice, {
      ...moved,
      metadata: { ...moved.metadata, labels: { "kubernetes.io/service-name": "other" } },
    });
    await bench.clock.advance(100);
    assert.match(bench.scripts.at(-1)!, /refused \{ 10\.96\.0\.1/);
  });

  test("a new agent forgets what leads nowhere, and only that", async () => {
    await using bench = new Bench();
    const listing = [
      "udp      17 29 src=10.244.1.9 dst=10.96.0.1 sport=4000 dport=80 src=10.244.1.2 dst=10.244.1.9 sport=8080 dport=4000 mark=0 use=1",
      "udp      17 29 src=10.244.1.9 dst=10.96.0.1 sport=4001 dport=80 [UNREPLIED] src=10.244.7.7 dst=10.244.1.9 sport=8080 dport=4001 mark=0 use=1",
      "udp      17 29 src=10.244.1.9 dst=192.0.2.1 sport=4001 dport=80 src=10.244.7.7 dst=10.244.1.9 sport=8080 dport=4001 mark=0 use=1",
    ];
    bench.remembered = parseFlows(listing.join("\n"));
    const port = { name: "http", protocol: "UDP", port: 80 };
    bench.tell(Service, aService({ ports: [port] }), "ADDED");
    bench.tell(EndpointSlice, aSlice([at("10.244.1.2", "n1")], [{ ...port, port: 8080 }]), "ADDED");
    await bench.sync();
    assert.deepEqual(bench.forgotten, [{ address: "10.96.0.1", port: 80, endpoint: "10.244.7.7" }]);
  });
});
