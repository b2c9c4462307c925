import { ServiceAccount } from "@dingi/api";
import { encodeJson } from "@dingi/apimachinery";
import { createApiServer, parseResourceMetrics, type RunningApiServer } from "@dingi/apiserver";
import { FakeClock, seededRandom, settle, silentLogger, type Random } from "@dingi/base";
import type { Client, Transport } from "@dingi/client";
import { createCertificateAuthority, generateKeys, HealthChecks, versionInfo } from "@dingi/component-base";
import { resourceMetrics } from "@dingi/kubelet";
import { openMemoryStore, type Store } from "@dingi/store";
import { runControllers, runScheduler, type ControlPlaneParts, type MakeController } from "./control-plane.ts";
import { crashed } from "./crashed.ts";
import { FaultyTransport, type FaultPlan } from "./faults.ts";
import { startNode, type TestNode } from "./node.ts";

export type { TestNode } from "./node.ts";

/** Who may be made to suffer. */
export type ComponentName = "controllers" | "scheduler" | "node";

export interface TestClusterOptions {
  /** The same seed, the same run. */
  readonly seed?: number;
  /** How many simulated nodes; none when absent. */
  readonly nodes?: number;
  /** Which parts run beside the API server. */
  readonly parts?: readonly Exclude<ComponentName, "node">[];
  /** The controllers that a test is about, which run beside those that pods cannot do without; all of them when absent. */
  readonly controllers?: readonly MakeController[];
  /** What goes wrong for whom. */
  readonly faults?: Partial<Readonly<Record<ComponentName, FaultPlan>>>;
}

const DEFAULT_ACCOUNT = { namespace: "default", name: "default" };
const ADMIN = { name: "admin", groups: ["system:masters"] };
const STEP_MS = 250;
const PATIENCE_MS = 120_000;
const DAY_MS = 86_400_000;

/**
 * A whole cluster inside a test: API server over a store in memory, controllers, scheduler and simulated nodes, under one
 * clock that only the test moves, and one seed. What runs there is what runs in production; only time, chance, machines and
 * the network are pretended.
 */
export class TestCluster implements AsyncDisposable {
  readonly clock: FakeClock;
  readonly admin: Client;
  readonly nodes: TestNode[];
  readonly #server: RunningApiServer;
  readonly #store: Store;
  readonly #random: Random;
  readonly #options: TestClusterOptions;
  readonly #parts: ControlPlaneParts;
  readonly #stop = new AbortController();
  readonly #running: Promise<void>[] = [];
  readonly #writes: Record<ComponentName, number> = { controllers: 0, scheduler: 0, node: 0 };
  /** Components that ended before their time; the first one fails the test. */
  #failure: unknown;

  private constructor(options: TestClusterOptions, made: Made, nodes: TestNode[]) {
    this.#options = options;
    this.nodes = nodes;
    this.clock = made.clock;
    this.#random = made.random;
    this.#server = made.server;
    this.#store = made.store;
    this.#parts = { ...made.parts, chosen: options.controllers };
    this.admin = made.server.client(ADMIN, "test");
  }

  static async start(options: TestClusterOptions = {}): Promise<TestCluster> {
    const nodes: TestNode[] = [];
    const readNode = (name: string, signal: AbortSignal) => readUsage(nodes, name, signal);
    const cluster = new TestCluster(options, await make(options.seed ?? 1, readNode), nodes);
    const parts = options.parts ?? ["controllers", "scheduler"];
    for (const part of parts) cluster.#run(part);
    for (let index = 1; index <= (options.nodes ?? 0); index++) cluster.addNode(`node-${index}`);
    // A pod waits for it, and time stands still while a test waits for the pod.
    if (parts.includes("controllers"))
      await cluster.eventually(() => cluster.admin.get(ServiceAccount, DEFAULT_ACCOUNT));
    return cluster;
  }

  /** By which a test serves kinds of its own. */
  get resources(): RunningApiServer["resources"] {
    return this.#server.resources;
  }

  /** A client that acts as somebody else. */
  as(user: User): Client {
    return this.#server.client(user, "test");
  }

  /** How many writes a component whose requests may suffer has asked for. */
  writes(component: ComponentName): number {
    return this.#writes[component];
  }

  /** A further simulated node; its kubelet starts at once. */
  addNode(name: string): TestNode {
    const index = this.nodes.length + 1;
    const user = { name: `system:node:${name}`, groups: ["system:nodes"] };
    const keeper = { name: `dingi:local-volumes:${name}`, groups: ["dingi:local-volumes"] };
    const node = startNode({
      name,
      index,
      clock: this.clock,
      random: this.#random,
      client: (life) => this.#client("node", { user, userAgent: "kubelet", life }),
      localVolumesClient: (life) => this.#client("node", { user: keeper, userAgent: "kubelet", life }),
    });
    this.nodes.push(node);
    return node;
  }

  /**
   * Moves time on until something is so; what `check` throws, or that it is not true, is told when patience ends.
   * @param check What is looked at between the steps.
   * @param withinMs How long it may take, on the cluster's clock.
   */
  async eventually<T>(check: () => T | Promise<T>, withinMs: number = PATIENCE_MS): Promise<NonNullable<T>> {
    let last: unknown = new Error("It never became so");
    for (let passed = 0; passed <= withinMs; passed += STEP_MS) {
      await this.#quiet();
      try {
        const found = await check();
        if (found) return found;
      } catch (error) {
        last = error;
      }
      await this.clock.advance(STEP_MS);
    }
    throw new Error(`Not so after ${withinMs / 1000} s of the cluster's time`, { cause: last });
  }

  /** Lets time pass. */
  async pass(ms: number): Promise<void> {
    for (let left = ms; left > 0; left -= STEP_MS) {
      await this.#quiet();
      await this.clock.advance(Math.min(STEP_MS, left));
    }
    await this.#quiet();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The test is over"));
    await this.#passUntil(Promise.all(this.nodes.map((node) => node[Symbol.asyncDispose]())));
    await this.#passUntil(Promise.all(this.#running));
    await this.#server[Symbol.asyncDispose]();
    await this.#store[Symbol.asyncDispose]();
  }

  /** What ends may be waiting for time: a delay that was planned, or a grace period. */
  async #passUntil(done: Promise<unknown>): Promise<void> {
    let isDone = false;
    const settled = done.finally(() => (isDone = true));
    settled.catch(() => {});
    while (!isDone) await this.clock.advance(STEP_MS);
    await settled;
  }

  /** Everything that is not waiting for time runs to where it does. */
  async #quiet(): Promise<void> {
    for (let turn = 0; turn < 20; turn++) await settle();
    if (this.#failure !== undefined) throw this.#failure;
  }

  /** Starts a part, and again whenever a fault has ended it, as a process's parent would. */
  #run(part: Exclude<ComponentName, "node">): void {
    const { signal } = this.#stop;
    const live = async () => {
      while (!signal.aborted) {
        const life = new AbortController();
        const onStop = () => life.abort(signal.reason);
        signal.addEventListener("abort", onStop, { once: true });
        const clientOf = (user: User, userAgent: string) => this.#client(part, { user, userAgent, life });
        const run = part === "controllers" ? runControllers : runScheduler;
        // One that has crashed is not waited for: it would wait for its answer for ever.
        await Promise.race([run(this.#parts, clientOf, life.signal), crashed(life.signal)]);
        signal.removeEventListener("abort", onStop);
      }
    };
    this.#running.push(
      live().catch((error: unknown) => {
        this.#failure ??= error;
      }),
    );
  }

  #client(part: ComponentName, { user, userAgent, life }: Identity): Client {
    const plan = this.#options.faults?.[part];
    if (!plan) return this.#server.client(user, userAgent);
    const nextWrite = () => ++this.#writes[part];
    const { clock } = this;
    const through = (inner: Transport) => new FaultyTransport({ inner, clock, plan, nextWrite, life });
    return this.#server.client(user, userAgent, through);
  }
}

interface User {
  readonly name: string;
  readonly groups?: readonly string[];
}

interface Identity {
  readonly user: User;
  readonly userAgent: string;
  /** Of the component's process: aborted when it crashes. */
  readonly life: AbortController;
}

type ReadNode = NonNullable<NonNullable<Parameters<typeof createApiServer>[0]["resourceMetrics"]>["readNode"]>;

/** As a kubelet's server tells it, without the network between. */
async function readUsage(nodes: readonly TestNode[], name: string, signal: AbortSignal): ReturnType<ReadNode> {
  const node = nodes.find((one) => one.name === name);
  if (!node) throw new Error(`Node "${name}" is not there`);
  return parseResourceMetrics(resourceMetrics(await node.stats.read({ isShort: true, signal })));
}

interface Made {
  readonly clock: FakeClock;
  readonly random: Random;
  readonly store: Store;
  readonly server: RunningApiServer;
  readonly parts: ControlPlaneParts;
}

/** @param readNode What is used on a node. */
async function make(seed: number, readNode: ReadNode): Promise<Made> {
  const clock = new FakeClock();
  const random = seededRandom(seed);
  const ca = await createCertificateAuthority({
    commonName: "test",
    random,
    notBefore: clock.now() - DAY_MS,
    notAfter: clock.now() + 365 * DAY_MS,
  });
  const { privatePem: serviceAccountKey } = generateKeys();
  const store = openMemoryStore({ clock });
  const server = await createApiServer({
    store,
    clock,
    random,
    logger: silentLogger,
    version: versionInfo(),
    health: new HealthChecks({ logger: silentLogger }),
    serviceAccountKey,
    serviceAccountIssuer: "https://kubernetes.default.svc.cluster.local",
    clientCa: ca.certificatePem,
    requestHeaderCa: ca.certificatePem,
    serviceCidrs: ["10.96.0.0/16"],
    nodePorts: { from: 30000, to: 32767 },
    advertise: { address: "192.0.2.1", port: 6443 },
    tolerations: { notReadySeconds: 300, unreachableSeconds: 300 },
    maxInFlight: { reading: 400, mutating: 200 },
    dialer: { dial: (target) => Promise.reject(new Error(`Nobody listens at ${encodeJson(target)}`)) },
    kubeletClient: () => ({ cert: ca.certificatePem, key: ca.keyPem }),
    kubeletCa: ca.certificatePem,
    resourceMetrics: { readNode },
    onFailure: (error) => {
      throw error;
    },
  });
  return { clock, random, store, server, parts: { clock, random, ca, serviceAccountKey } };
}
