import { spawn, type ChildProcess } from "node:child_process";
import { mkdir, rm } from "node:fs/promises";
import { openSync, closeSync } from "node:fs";
import { hostname } from "node:os";
import { join } from "node:path";
import { ensureClusterPki, type ClusterPki } from "@dingi/component-base";
import { connectContainerd, untilReady } from "@dingi/cri";
import { describeError, systemClock, systemRandom, type Logger } from "@dingi/base";
import type { AgentConfig } from "../agent/agent.ts";
import { readConfig, writeConfig, type ClusterConfig, type NodeConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { ensureBaseImages } from "../image/base-images.ts";
import { importIntoNodes } from "../image/import-image.ts";
import { listImages } from "../image/list-images.ts";
import { BASE_IMAGES } from "../image/base-images.ts";
import { ensureInstalled } from "../install/install.ts";
import {
  API_FABRIC_PORT,
  apiAddress,
  apiServiceAddress,
  dnsServiceAddress,
  nodeAddress,
} from "../machine/addresses.ts";
import { findFeatures, type MachineFeatures } from "../machine/machine-features.ts";
import { Machine } from "../machine/machine.ts";
import { podCidrOf, EGRESS_DNS } from "../machine/networks.ts";
import { signalProcess } from "../machine/process-identity.ts";
import { supervise } from "./child-process.ts";
import { ensureNodePki } from "./node-pki.ts";
import type { ProcessRole, Step, SupervisorStatus } from "./status.ts";

const KUBELET_PORT = 10250;
const RUNTIME_WAIT_MS = 30_000;

export interface SupervisorOptions {
  readonly paths: ClusterPaths;
  readonly logger: Logger;
  /** The program that starts parts of this cluster: Node and the entry file. */
  readonly program: readonly string[];
}

interface Part {
  readonly role: ProcessRole;
  readonly node: string;
  pid: number;
  readonly address: string;
}

/** Starts a cluster's parts and keeps them running. One per cluster. */
export class Supervisor {
  readonly #options: SupervisorOptions;
  readonly #stop = new AbortController();
  readonly #steps: Step[] = [];
  readonly #parts = new Map<string, Part>();
  readonly #running: Promise<void>[] = [];
  readonly #nodeStops = new Map<string, AbortController>();
  #phase: SupervisorStatus["phase"] = "starting";
  #config!: ClusterConfig;
  #pki!: ClusterPki;
  #machine: Machine | undefined;
  #containerd:
    | { readonly program: string; readonly cniPlugins: string; readonly features: MachineFeatures }
    | undefined;

  constructor(options: SupervisorOptions) {
    this.#options = options;
  }

  get status(): SupervisorStatus {
    const containerds = Object.entries(this.#machine?.state.nodes ?? {}).flatMap(([node, { containerd, address }]) =>
      containerd ? [{ role: "containerd" as const, node, pid: containerd.pid, address }] : [],
    );
    const own = { role: "supervisor" as const, node: "", pid: process.pid, address: "" };
    return { phase: this.#phase, steps: this.#steps, processes: [own, ...this.#parts.values(), ...containerds] };
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
      this.#pki = await this.#step("Certificates", () => this.#ensurePki());
      if (config.runtime === "containerd") await this.#startContainers();
      else await this.#startSimulated();
      this.#phase = "running";
    } catch (error) {
      this.#phase = "failed";
      logger.error("Cluster did not start", { error: describeError(error) });
    }
  }

  async #ensurePki(): Promise<ClusterPki> {
    const { paths } = this.#options;
    const { fabric, serviceCidr, clusterDomain } = this.#config;
    return await ensureClusterPki(paths.pki, {
      clock: systemClock,
      random: systemRandom,
      fabricAddress: apiAddress(fabric),
      hostName: hostname(),
      serviceAddress: apiServiceAddress(serviceCidr),
      clusterDomain,
    });
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
    const machine = await Machine.open({
      name: paths.name,
      home: paths.home,
      runDirectory: paths.run,
      clock: systemClock,
      logger: logger.with({ component: "machine" }),
    });
    this.#machine = machine;
    const { programs } = await ensureInstalled();
    const features = await findFeatures({
      containerd: programs.containerd,
      runtimes: programs.runtimes,
      root: paths.home,
    });
    this.#containerd = { program: programs.containerd, cniPlugins: programs.cniPlugins, features };
    await this.#step("Network of the nodes", () =>
      machine.ensureFabric({ subnet: this.#config.fabric, signal: this.signal }),
    );
    const socket = await machine.listenInFabric(
      { host: apiAddress(this.#config.fabric), port: API_FABRIC_PORT },
      { signal: this.signal },
    );
    const images = this.#step("Base images", () => ensureBaseImages(join(paths.cache, "base-images.tar"), programs));
    images.catch(() => {});
    this.#startControlPlane([socket.handle]);
    await this.#step("Nodes and containerd", () =>
      Promise.all(this.#config.nodes.map((node) => this.#ensureNode(node))),
    );
    await images;
    await this.#step("Images in the nodes", () => this.#importImages(this.#config.nodes));
    for (const node of this.#config.nodes) this.#startAgent(node);
  }

  async #importImages(nodes: readonly NodeConfig[]): Promise<void> {
    const targets = await Promise.all(
      nodes.map(async ({ name }) => ({
        name,
        socket: this.#machine!.containerdSocket(name),
        has: await this.#hasBaseImages(name),
      })),
    );
    const lacking = targets.filter(({ has }) => !has);
    if (lacking.length > 0)
      await importIntoNodes(join(this.#options.paths.cache, "base-images.tar"), lacking, this.signal);
  }

  async #hasBaseImages(node: string): Promise<boolean> {
    await using cri = connectContainerd({ socket: this.#machine!.containerdSocket(node), clock: systemClock });
    await untilReady(cri.runtime, { clock: systemClock, timeoutMs: RUNTIME_WAIT_MS, signal: this.signal });
    const present = await listImages([{ name: node, images: cri.images }], this.signal);
    return BASE_IMAGES.every((image) => present.some(({ name }) => name === image));
  }

  async #ensureNode(node: NodeConfig): Promise<void> {
    const machine = this.#machine!;
    const { program, cniPlugins, features } = this.#containerd!;
    const { paths, logger } = this.#options;
    await machine.ensureNode({
      name: node.name,
      index: node.index,
      podCidr: podCidrOf(this.#config.pods, node.index),
      cniPlugins,
      signal: this.signal,
    });
    const spec = {
      node: node.name,
      containerd: program,
      features,
      logFile: join(paths.log, `${node.name}-containerd.log`),
    };
    await machine.ensureContainerd({ ...spec, signal: this.signal });
    const stop = this.#stopOf(node.name);
    this.#running.push(machine.superviseContainerd(spec, { logger, signal: stop.signal }).catch(() => {}));
  }

  #stopOf(node: string): AbortController {
    const known = this.#nodeStops.get(node);
    if (known) return known;
    const made = new AbortController();
    this.signal.addEventListener("abort", () => made.abort(this.signal.reason), { once: true });
    this.#nodeStops.set(node, made);
    return made;
  }

  #startControlPlane(handles: readonly unknown[]): void {
    const { paths, program, logger } = this.#options;
    const part = this.#part("control-plane", "", `https://127.0.0.1:${this.#config.apiPort}`);
    this.#running.push(
      supervise({
        name: "control-plane",
        clock: systemClock,
        logger,
        signal: this.signal,
        onStart: (pid) => (part.pid = pid),
        start: () => {
          const [file = "", ...args] = [...program, "internal", "control-plane", "--name", paths.name];
          const child = this.#spawn(file, args, "control-plane", handles);
          return Promise.resolve({ child, pid: child.pid ?? 0 });
        },
      }),
    );
  }

  #part(role: ProcessRole, node: string, address: string): Part {
    const part = { role, node, pid: 0, address };
    this.#parts.set(`${role}/${node}`, part);
    return part;
  }

  #spawn(file: string, args: readonly string[], log: string, handles: readonly unknown[]): ChildProcess {
    const out = openSync(join(this.#options.paths.log, `${log}.out`), "a", 0o600);
    const child = spawn(file, args, { stdio: ["ignore", out, out, ...(handles as never[])], detached: true });
    child.once("error", () => {});
    closeSync(out);
    return child;
  }

  async #agentConfig(node: NodeConfig): Promise<AgentConfig> {
    const { paths } = this.#options;
    const { runtime, fabric, pods, serviceCidr, clusterDomain, apiPort } = this.#config;
    const simulated = runtime === "simulated";
    const nodeIp = simulated ? `127.1.0.${node.index}` : nodeAddress(fabric, node.index);
    const pki = await ensureNodePki(join(paths.pki, "nodes", node.name), this.#pki.ca, {
      name: node.name,
      address: nodeIp,
    });
    return {
      clusterName: paths.name,
      nodeName: node.name,
      runtime,
      server: simulated ? `https://127.0.0.1:${apiPort}` : `https://${apiAddress(fabric)}:${API_FABRIC_PORT}`,
      ca: this.#pki.ca.certificatePem,
      ...pki,
      nodeIp,
      kubeletPort: KUBELET_PORT,
      podCidr: podCidrOf(pods, node.index),
      clusterCidr: pods,
      serviceCidr,
      clusterDns: dnsServiceAddress(serviceCidr),
      clusterDomain,
      upstreamDns: simulated ? [] : [`${EGRESS_DNS}:53`],
      labels: {},
    };
  }

  #startAgent(node: NodeConfig): void {
    const { program, logger } = this.#options;
    const part = this.#part("agent", node.name, "");
    const start = async () => {
      const config = await this.#agentConfig(node);
      Object.assign(part, { address: config.nodeIp });
      const argv = [...program, "internal", "agent"];
      const out = openSync(join(this.#options.paths.log, `${node.name}.out`), "a", 0o600);
      try {
        return await this.#spawnAgent(node, argv, { out, config });
      } finally {
        closeSync(out);
      }
    };
    this.#running.push(
      supervise({
        name: `agent ${node.name}`,
        clock: systemClock,
        logger,
        signal: this.#stopOf(node.name).signal,
        onStart: (pid) => (part.pid = pid),
        start,
      }),
    );
  }

  async #spawnAgent(
    node: NodeConfig,
    argv: readonly string[],
    io: { out: number; config: AgentConfig },
  ): Promise<{ child: ChildProcess; pid: number; stop?: () => void }> {
    const stdio = ["pipe" as const, io.out, io.out];
    if (this.#machine) {
      const { child, identity } = await this.#machine.spawnInNode(node.name, argv, { stdio });
      child.stdin?.end(JSON.stringify(io.config));
      return { child, pid: identity.pid, stop: () => void signalProcess(identity, "SIGTERM") };
    }
    const [file = "", ...args] = argv;
    const child = spawn(file, args, { stdio, detached: true });
    child.stdin?.end(JSON.stringify(io.config));
    return { child, pid: child.pid ?? 0 };
  }

  async #startSimulated(): Promise<void> {
    this.#startControlPlane([]);
    for (const node of this.#config.nodes) this.#startAgent(node);
    await Promise.resolve();
  }

  async addNode(): Promise<NodeConfig> {
    const { paths } = this.#options;
    const node = { name: `${paths.name}-${this.#config.nextIndex}`, index: this.#config.nextIndex };
    this.#config = { ...this.#config, nodes: [...this.#config.nodes, node], nextIndex: node.index + 1 };
    await writeConfig(paths.config, this.#config);
    if (this.#machine) {
      await this.#ensureNode(node);
      await this.#importImages([node]);
    }
    this.#startAgent(node);
    return node;
  }

  async removeNode(name: string): Promise<void> {
    const { paths } = this.#options;
    if (!this.#config.nodes.some((node) => node.name === name))
      throw new Error(`There is no node "${name}"; see dingi node list`);
    this.#nodeStops.get(name)?.abort(new Error("The node is removed"));
    this.#nodeStops.delete(name);
    this.#parts.delete(`agent/${name}`);
    await this.#machine?.removeNode(name);
    this.#config = { ...this.#config, nodes: this.#config.nodes.filter((node) => node.name !== name) };
    await writeConfig(paths.config, this.#config);
    await rm(join(paths.pki, "nodes", name), { recursive: true, force: true });
  }

  /** Ends pods and all parts; the state stays. */
  async stop(): Promise<void> {
    this.#phase = "stopping";
    this.#stop.abort(new Error("The cluster is stopping"));
    await Promise.all(this.#running);
    await this.#machine?.stop();
  }
}

export async function prepareDirectories(paths: ClusterPaths): Promise<void> {
  for (const directory of [paths.home, paths.log, paths.cache, paths.run])
    await mkdir(directory, { recursive: true, mode: 0o700 });
}
