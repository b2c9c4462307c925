import { spawn, type ChildProcess } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, rm } from "node:fs/promises";
import { join } from "node:path";
import type { AuthorityPhase } from "@dingi/component-base";
import { describeError, systemClock, type Logger } from "@dingi/base";
import { readConfig, writeConfig, type ClusterConfig, type NodeConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { ensureBaseImages } from "../image/base-images.ts";
import { addressOf, agentConfigOf } from "./agent-config.ts";
import { baseImagesIn } from "./base-image-import.ts";
import { Certificates } from "./certificates.ts";
import { supervise, type Fare, type StartedProcess } from "./child-process.ts";
import { keepNode } from "./keep-node.ts";
import { NodesMachine, simulatedGround, type Ground } from "./nodes-machine.ts";
import { LastWords } from "./last-words.ts";
import { endLeftParts, Parts } from "./parts.ts";
import { apiProbe } from "./probes.ts";
import type { Part, Step, SupervisorStatus } from "./status.ts";

/**
 * Of V8: what a request needs dies young, so a larger nursery is emptied seldom, and then one thread does it with less CPU
 * than several that wait for each other. Both together save about a tenth of a request's CPU. What is run seldom is not
 * compiled again each time (ADR 17).
 */
const CONTROL_PLANE_FLAGS = ["--max-semi-space-size=32", "--no-parallel-scavenge", "--no-flush-bytecode"];

interface SupervisorOptions {
  readonly paths: ClusterPaths;
  readonly logger: Logger;
  /** The program that starts parts of this cluster: Node and the entry file. */
  readonly program: readonly string[];
}

interface Kept {
  readonly stop: AbortController;
  readonly done: Promise<void>;
}

interface Supervised {
  readonly start: () => Promise<StartedProcess>;
  /** What its output goes to, without ".out". */
  readonly out: string;
  readonly signal: AbortSignal;
}

/** Starts a cluster's parts and keeps them running. One per cluster. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stop = new AbortController();
  readonly #steps: Step[] = [];
  readonly #parts: Parts;
  readonly #running: Promise<void>[] = [];
  readonly #nodes = new Map<string, Kept>();
  readonly #living = new Set<string>();
  /** For nodes that are down, and for parts that wait. */
  #hurry = new AbortController();
  #hurryParts = new AbortController();
  #phase: SupervisorStatus["phase"] = "starting";
  #config!: ClusterConfig;
  readonly #certificates: Certificates;
  #ground: Ground = simulatedGround;
  #machine: NodesMachine | undefined;
  #controlPlane: ChildProcess | undefined;
  /** By node. */
  readonly #agents = new Map<string, ChildProcess>();

  constructor(options: SupervisorOptions) {
    this.#options = options;
    this.#parts = new Parts(options.paths.parts);
    this.#certificates = new Certificates({
      ...options,
      config: () => this.#config,
      tellControlPlane: () => tell(this.#controlPlane, ""),
      tellAgent: (node, certificates) => tell(this.#agents.get(node), JSON.stringify(certificates)),
    });
  }

  async status(): Promise<SupervisorStatus> {
    const own = { role: "supervisor" as const, node: "", pid: process.pid, address: "", state: "serving" as const };
    const containerds = (await this.#machine?.containerds()) ?? [];
    return { phase: this.#phase, steps: this.#steps, processes: [own, ...this.#parts.all, ...containerds] };
  }

  get signal(): AbortSignal {
    return this.#stop.signal;
  }

  /** Brings everything up; failures are in the status. */
  async start(): Promise<void> {
    const { paths, logger } = this.#options;
    try {
      const config = await readConfig(paths.config);
      if (!config) throw new Error(`There is no cluster "${paths.name}": make it with dingi up`);
      this.#config = config;
      await endLeftParts(paths.parts, systemClock);
      await this.#step("Certificates", () => this.#certificates.ensure());
      this.#running.push(this.#certificates.keep(this.signal));
      if (config.runtime === "containerd") await this.#startContainers();
      else this.#startControlPlane();
      for (const node of config.nodes) this.#keep(node);
      this.#phase = "running";
    } catch (error) {
      this.#phase = "failed";
      logger.error("Cluster did not start", { error: describeError(error) });
    }
  }

  async #step<T>(name: string, work: () => Promise<T>): Promise<T> {
    const index = this.#steps.length;
    const startMs = systemClock.monotonic();
    this.#steps.push({ name, startMs });
    try {
      const result = await work();
      this.#steps[index] = { name, startMs, endMs: systemClock.monotonic() };
      return result;
    } catch (error) {
      this.#steps[index] = { name, startMs, endMs: systemClock.monotonic(), error: describeError(error) };
      throw error;
    }
  }

  async #startContainers(): Promise<void> {
    const { paths, logger } = this.#options;
    const { signal } = this;
    const machine = await NodesMachine.open({
      paths,
      config: this.#config,
      logger,
      onNewApiSocket: () => void this.#controlPlane?.kill("SIGTERM"),
    });
    this.#machine = machine;
    this.#ground = machine;
    await this.#step("Network of the nodes", () => machine.ensureFabric(signal));
    const archive = baseImagesIn(paths.cache);
    const images = this.#step("Base images", () => ensureBaseImages(archive, machine.programs));
    images.catch(() => {});
    this.#startControlPlane();
    const { nodes } = this.#config;
    await this.#step("Nodes and containerd", () => Promise.all(nodes.map((node) => machine.ensureNode(node, signal))));
    await images;
    await this.#step("Images in the nodes", () => machine.importImages(nodes, signal));
    this.#running.push(machine.keepFabric(signal));
  }

  #startControlPlane(): void {
    const address = `https://127.0.0.1:${this.#config.apiPort}`;
    const part: Part = { role: "control-plane", node: "", pid: 0, address, state: "starting" };
    const { signal } = this;
    this.#running.push(this.#supervise(part, { signal, out: "control-plane", start: () => this.#spawnControlPlane() }));
  }

  async #supervise(part: Part, { start, out, signal }: Supervised): Promise<void> {
    const { paths, logger } = this.#options;
    const words = new LastWords(join(paths.log, `${out}.out`));
    this.#parts.set(part);
    await supervise({
      name: part.node === "" ? part.role : `${part.role} ${part.node}`,
      clock: systemClock,
      logger,
      signal,
      onChange: (fare) => this.#note(part, fare),
      start: async () => {
        await words.begin();
        return await start();
      },
      lastWords: () => words.read(),
      hurry: () => this.#hurryParts.signal,
    });
  }

  #note(part: Part, fare: Fare): void {
    if (fare.state !== "starting")
      return this.#parts.update(part, { ...fare, ...(fare.state === "serving" ? { failures: 0 } : { pid: 0 }) });
    const { state, pid, childPid } = fare;
    this.#parts.update(part, { state, pid, startedMs: systemClock.now() });
    this.#parts.record(part, pid === childPid ? [pid] : [pid, childPid]).catch((error: unknown) => {
      this.#options.logger.warn("Process was not recorded", { ...part, pid, error: describeError(error) });
    });
  }

  async #spawnControlPlane(): Promise<StartedProcess> {
    const { paths, program } = this.#options;
    const [file = "", ...entry] = program;
    const args = [...CONTROL_PLANE_FLAGS, ...entry, "internal", "control-plane", "--name", paths.name];
    const out = openSync(join(paths.log, "control-plane.out"), "a", 0o600);
    const socket = this.#machine?.apiSocket;
    const child = spawn(file, args, {
      stdio: ["pipe", out, out, ...(socket ? [socket.handle] : [])],
      detached: true,
    });
    child.once("error", () => {});
    closeSync(out);
    this.#controlPlane = child;
    const probe = apiProbe({ port: this.#config.apiPort, ca: () => this.#certificates.pki.ca.trusted });
    return { child, pid: child.pid ?? 0, probe };
  }

  #keep(node: NodeConfig): void {
    const stop = new AbortController();
    const done = keepNode({
      node: node.name,
      clock: systemClock,
      logger: this.#options.logger,
      signal: AbortSignal.any([this.signal, stop.signal]),
      hurry: () => this.#hurry.signal,
      live: (signal) => this.#live(node, signal),
      remake: (signal) => this.#ground.remakeNode(node, signal),
    });
    this.#nodes.set(node.name, { stop, done });
    this.#running.push(done);
  }

  /** Runs the node's agent for as long as the node itself runs. */
  async #live(node: NodeConfig, signal: AbortSignal): Promise<void> {
    const address = addressOf(this.#config, node);
    const part: Part = { role: "agent", node: node.name, pid: 0, address, state: "starting" };
    this.#living.add(node.name);
    const life = new AbortController();
    const agent = this.#supervise(part, {
      signal: AbortSignal.any([signal, life.signal]),
      out: node.name,
      start: () => this.#spawnAgent(node),
    });
    await this.#ground.untilNodeEnds(node, signal);
    this.#living.delete(node.name);
    life.abort(new Error("The node has ended"));
    await agent;
    this.#parts.remove(part);
  }

  async #spawnAgent(node: NodeConfig): Promise<StartedProcess> {
    const { paths, program } = this.#options;
    const certificates = await this.#certificates.ofNode(node);
    const config = agentConfigOf(node, { paths, config: this.#config, certificates });
    const out = openSync(join(paths.log, `${node.name}.out`), "a", 0o600);
    try {
      const started = await this.#ground.spawnAgent(node, [...program, "internal", "agent"], out);
      this.#agents.set(node.name, started.child);
      tell(started.child, JSON.stringify(config));
      return started;
    } finally {
      closeSync(out);
    }
  }

  /** Another control plane takes the place of this one, and reads its configuration. */
  renewControlPlane(): Promise<void> {
    this.#controlPlane?.kill("SIGTERM");
    return Promise.resolve();
  }

  /** All certificates anew, without an interruption. */
  async renewCertificates(): Promise<void> {
    await this.#certificates.renew(true);
  }

  /** The next step to other authorities. Whom it believes, a control plane learns when it starts. */
  async rotateAuthorities(): Promise<{ readonly phase: AuthorityPhase }> {
    const phase = await this.#certificates.rotate();
    await this.renewControlPlane();
    return { phase };
  }

  /** Nodes that are down are made anew now, and parts that wait start; resolves when the nodes are there. */
  async hurry(): Promise<void> {
    const down = this.#config.nodes.filter(({ name }) => this.#nodes.has(name) && !this.#living.has(name));
    const parts = this.#hurryParts;
    this.#hurryParts = new AbortController();
    parts.abort();
    for (const part of this.#parts.all) this.#parts.update(part, { failures: 0 });
    await Promise.all(down.map((node) => this.#ground.remakeNode(node, this.signal)));
    this.#hurry.abort();
    this.#hurry = new AbortController();
  }

  async addNode(): Promise<NodeConfig> {
    const { paths } = this.#options;
    const node = { name: `${paths.name}-${this.#config.nextIndex}`, index: this.#config.nextIndex };
    this.#config = { ...this.#config, nodes: [...this.#config.nodes, node], nextIndex: node.index + 1 };
    await writeConfig(paths.config, this.#config);
    await this.#ground.remakeNode(node, this.signal);
    this.#keep(node);
    return node;
  }

  async removeNode(name: string): Promise<void> {
    const { paths } = this.#options;
    const node = this.#config.nodes.find((one) => one.name === name);
    if (!node) throw new Error(`There is no node "${name}"; see dingi node list`);
    const kept = this.#nodes.get(name);
    kept?.stop.abort(new Error("The node is removed"));
    await kept?.done;
    this.#nodes.delete(name);
    await this.#ground.removeNode(node);
    this.#config = { ...this.#config, nodes: this.#config.nodes.filter((one) => one !== node) };
    await writeConfig(paths.config, this.#config);
    await rm(join(paths.pki, "nodes", name), { recursive: true, force: true });
  }

  /** Ends pods, which have `graceSeconds` for it, and all parts; the state stays. */
  async stop(graceSeconds: number): Promise<readonly Step[]> {
    const before = this.#steps.length;
    this.#phase = "stopping";
    await this.#step("Control plane and agents", () => this.#endParts());
    await this.#step("Pods and nodes", () => this.#ground.stop(graceSeconds));
    return this.#steps.slice(before);
  }

  /** Ends the parts and leaves nodes and their pods to the next supervisor. */
  async retire(): Promise<void> {
    this.#phase = "stopping";
    await this.#endParts();
  }

  async #endParts(): Promise<void> {
    this.#stop.abort(new Error("The cluster is stopping"));
    await Promise.all(this.#running);
    await rm(this.#options.paths.parts, { force: true });
  }
}

/** A line on its standard input; one that has ended is told by its successor's start. */
function tell(child: ChildProcess | undefined, line: string): void {
  if (!child?.stdin?.writable) return;
  if (child.stdin.listenerCount("error") === 0) child.stdin.on("error", () => {});
  child.stdin.write(`${line}\n`);
}

export async function prepareDirectories(paths: ClusterPaths): Promise<void> {
  for (const directory of [paths.home, paths.log, paths.cache, paths.run])
    await mkdir(directory, { recursive: true, mode: 0o700 });
}
