import assert from "node:assert/strict";
import { test } from "node:test";
import type { V1Pod } from "@dingi/api";
import { newConflict, newNotFound } from "@dingi/apimachinery";
import { FakeClock, settle, silentLogger } from "@dingi/base";
import { Client, type Transport, type TransportRequest } from "@dingi/client";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { fullName } from "./manifests.ts";
import { planMirror } from "./mirror-pods.ts";
import { StaticPods, type RunningPod } from "./static-pods.ts";

const DIRECTORY = "/etc/kubernetes/manifests";
const manifest = (image: string) =>
  `{ apiVersion: v1, kind: Pod, metadata: { name: web }, spec: { containers: [{ name: main, image: ${image} }] } }`;

/** As much of an API server as mirrors need; what it has is told at once. */
class Mirrors implements Transport {
  readonly pods = new Map<string, V1Pod>();
  onEvent: (type: "seen" | "gone", pod: V1Pod) => void = () => {};
  #count = 0;

  request({ method, path, body }: TransportRequest): Promise<unknown> {
    if (method === "POST") return Promise.resolve(this.put(body as V1Pod));
    const name = path.split("/").at(-1)!;
    const { preconditions } = body as { preconditions: { uid: string } };
    const pod = this.pods.get(name);
    if (!pod) return Promise.reject(newNotFound({ group: "", resource: "pods" }, name));
    if (pod.metadata.uid !== preconditions.uid)
      return Promise.reject(newConflict({ group: "", resource: "pods" }, name, "another UID"));
    this.pods.delete(name);
    this.onEvent("gone", pod);
    return Promise.resolve(pod);
  }

  put(pod: V1Pod): V1Pod {
    const uid = pod.metadata.uid ?? `mirror-${++this.#count}`;
    const stored = { ...pod, metadata: { ...pod.metadata, uid } };
    this.pods.set(pod.metadata.name!, stored);
    this.onEvent("seen", stored);
    return stored;
  }

  watch(): AsyncIterable<never> {
    throw new Error("Nothing is watched here");
  }

  stream(): Promise<never> {
    throw new Error("Nothing is streamed here");
  }

  [Symbol.asyncDispose](): Promise<void> {
    return Promise.resolve();
  }
}

class Bench implements AsyncDisposable {
  readonly server = new Mirrors();
  readonly clock = new FakeClock();
  readonly host = new SimulatedHost({ clock: this.clock, name: "node-1" });
  readonly running = new Map<string, RunningPod>();
  readonly told: (string | undefined)[] = [];
  readonly #stop = new AbortController();
  readonly statics: StaticPods;
  nodeUid: string | undefined = "node-uid";
  #ended: Promise<void> = Promise.resolve();

  constructor() {
    this.statics = new StaticPods({
      client: new Client(this.server),
      host: this.host,
      clock: this.clock,
      logger: silentLogger,
      nodeName: "node-1",
      path: DIRECTORY,
      nodeUid: () => this.nodeUid,
      running: this.running,
      start: (pod) => this.#start(pod),
      onMirror: (pod) => this.told.push(this.statics.mirrorOf(pod)?.metadata.uid),
    });
    this.server.onEvent = (type, pod) => (type === "seen" ? this.statics.observe(pod) : this.statics.forget(pod));
    this.#ended = this.statics.run(this.#stop.signal);
  }

  #start(pod: V1Pod): void {
    const worker = { pod, update: (next: V1Pod) => void (worker.pod = next) };
    this.running.set(pod.metadata.uid!, worker);
  }

  async write(name: string, text: string): Promise<void> {
    await this.host.writeFile(`${DIRECTORY}/${name}`, text);
    await this.turn();
  }

  async turn(): Promise<void> {
    this.statics.poke();
    await settle();
  }

  /** As a worker that has ended its pod. */
  async done(uid: string): Promise<void> {
    this.running.delete(uid);
    await this.turn();
  }

  get pods(): V1Pod[] {
    return [...this.running.values()].map(({ pod }) => pod);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort();
    await this.#ended;
  }
}

test("a file's pod runs and has a mirror, which belongs to the node", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  const [pod] = bench.pods;
  assert.equal(fullName(pod!), "default/web-node-1");
  const mirror = bench.server.pods.get("web-node-1")!;
  assert.equal(mirror.metadata.annotations?.["kubernetes.io/config.mirror"], pod!.metadata.uid);
  assert.notEqual(mirror.metadata.uid, pod!.metadata.uid);
  assert.deepEqual(mirror.metadata.ownerReferences, [
    { apiVersion: "v1", kind: "Node", name: "node-1", uid: "node-uid", controller: true },
  ]);
  assert.deepEqual(bench.told, ["mirror-1"]);
});

test("what the API server says of the mirror's status, the pod has", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  const mirror = bench.server.pods.get("web-node-1")!;
  bench.server.put({ ...mirror, status: { phase: "Running", podIP: "10.1.1.1" } });
  assert.equal(bench.pods[0]!.status.podIP, "10.1.1.1");
  assert.notEqual(bench.pods[0]!.metadata.uid, mirror.metadata.uid);
  assert.deepEqual(bench.told, ["mirror-1"]);
});

test("a mirror that is being deleted is replaced, and the pod runs on", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  const mirror = bench.server.pods.get("web-node-1")!;
  bench.server.put({ ...mirror, metadata: { ...mirror.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } });
  await settle();
  await settle();
  assert.equal(bench.server.pods.get("web-node-1")?.metadata.uid, "mirror-2");
  assert.deepEqual(bench.told, ["mirror-1", "mirror-2"]);
  assert.equal(bench.pods[0]!.metadata.deletionTimestamp, undefined);
});

test("without its file a pod is ended with its own grace; its mirror goes with the last of it", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  await bench.host.removeTree(`${DIRECTORY}/web.yaml`);
  await bench.turn();
  const [pod] = bench.pods;
  assert.equal(pod!.metadata.deletionGracePeriodSeconds, 30);
  assert.ok(bench.server.pods.has("web-node-1"), "it is still shown");
  await bench.done(pod!.metadata.uid!);
  assert.equal(bench.server.pods.size, 0);
});

test("a changed file's pod takes its predecessor's place when that has ended", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  const [old] = bench.pods;
  await bench.write("web.yaml", manifest("b"));
  assert.deepEqual(
    bench.pods.map(({ metadata }) => metadata.uid),
    [old!.metadata.uid],
  );
  await bench.done(old!.metadata.uid!);
  await settle();
  assert.deepEqual(
    bench.pods.map(({ spec }) => spec.containers[0]!.image),
    ["b"],
  );
  assert.equal(bench.server.pods.get("web-node-1")?.spec.containers[0]!.image, "b");
});

test("files that are hidden, broken or late are left out; the rest runs", async () => {
  await using bench = new Bench();
  await bench.write(".web.yaml.swp", manifest("a"));
  await bench.write("broken.yaml", "kind: [");
  await bench.write("web.yaml", manifest("a"));
  await bench.write("zweb.yaml", manifest("b"));
  assert.deepEqual(
    bench.pods.map(({ spec }) => spec.containers[0]!.image),
    ["a"],
  );
});

test("a pod and its mirror wait for their node, and a mirror without a pod is deleted", async () => {
  await using bench = new Bench();
  bench.nodeUid = undefined;
  await bench.write("web.yaml", manifest("a"));
  assert.deepEqual([bench.pods.length, bench.server.pods.size], [0, 0]);
  bench.nodeUid = "node-uid";
  await bench.clock.advance(1000);
  await settle();
  const mirror = bench.server.pods.get("web-node-1")!;
  bench.server.put({ ...mirror, metadata: { ...mirror.metadata, name: "orphan-node-1", uid: "orphan" } });
  await settle();
  assert.deepEqual([...bench.server.pods.keys()], ["web-node-1"]);
});

test("planMirror", async () => {
  await using bench = new Bench();
  await bench.write("web.yaml", manifest("a"));
  const [pod] = bench.pods;
  const mirror = bench.server.pods.get("web-node-1")!;
  const going = { ...mirror, metadata: { ...mirror.metadata, deletionTimestamp: "2026-01-01T00:00:00Z" } };
  const foreign = { ...mirror, metadata: { ...mirror.metadata, annotations: {} } };
  assert.deepEqual(
    [planMirror(pod, mirror), planMirror(pod, going), planMirror(pod, foreign), planMirror(pod, undefined)],
    ["nothing", "delete", "delete", "create"],
  );
  assert.deepEqual([planMirror(undefined, mirror), planMirror(undefined, undefined)], ["delete", "nothing"]);
});
