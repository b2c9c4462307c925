import { spawn } from "node:child_process";
import { join } from "node:path";
import type { Readable } from "node:stream";
import { aborted, systemClock, type Logger } from "@dingi/base";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { onFabric, writeRegistryMirror } from "../image/registry-mirror.ts";
import { ensureInstalled } from "../install/install.ts";
import { API_FABRIC_PORT, apiAddress } from "../machine/addresses.ts";
import type { ContainerdSpec } from "../machine/containerd.ts";
import type { HeldSocket } from "../machine/fabric-listener.ts";
import { findFeatures, type MachineFeatures } from "../machine/machine-features.ts";
import { Machine } from "../machine/machine.ts";
import { podCidrOf } from "../machine/networks.ts";
import { isAlive, isSameProcess, isStopped, killProcess, signalProcess } from "../machine/process-identity.ts";
import type { Programs } from "../install/programs.ts";
import { importBaseImages } from "./base-image-import.ts";
import { HEARTBEAT_FD } from "./agent-config.ts";
import type { StartedProcess } from "./child-process.ts";
import { endContainers } from "./end-containers.ts";
import { endWhenHung } from "./end-when-hung.ts";
import { beatProbe, runtimeProbe } from "./probes.ts";
import type { Part } from "./status.ts";

/** Where a cluster's nodes live: namespaces of this machine, or nowhere for simulated ones. */
export interface Ground {
  /** Resolves when the node has ended, or the signal aborted. */
  untilNodeEnds(node: NodeConfig, signal: AbortSignal): Promise<void>;
  /** The node with its runtime and its base images; adopts one that is up. */
  remakeNode(node: NodeConfig, signal: AbortSignal): Promise<void>;
  removeNode(node: NodeConfig): Promise<void>;
  /** The agent reads its configuration from standard input. */
  spawnAgent(node: NodeConfig, argv: readonly string[], out: number): Promise<StartedProcess>;
  /** Ends all nodes, and their containers first, which have `graceSeconds` for that. */
  stop(graceSeconds: number): Promise<void>;
}

export const simulatedGround: Ground = {
  untilNodeEnds: (_node, signal) => aborted(signal),
  remakeNode: () => Promise.resolve(),
  removeNode: () => Promise.resolve(),
  spawnAgent: (_node, [file = "", ...args], out) => {
    const child = spawn(file, args, { stdio: ["pipe", out, out, "pipe"], detached: true });
    child.once("error", () => {});
    return Promise.resolve({ child, pid: child.pid ?? 0, probe: beatProbe(child.stdio[HEARTBEAT_FD] as Readable) });
  },
  stop: () => Promise.resolve(),
};

interface NodesMachineOptions {
  readonly paths: ClusterPaths;
  readonly config: ClusterConfig;
  readonly logger: Logger;
  /** The network was made anew, and with it the socket that the control plane listens on. */
  readonly onNewApiSocket: () => void;
}

const FABRIC_CHECK_MS = 2_000;
/** After so many of them, what is stopped is not about to go on. */
const STOPPED_CHECKS = 5;

/** The nodes of one cluster on this machine, with the network between them. */
export class NodesMachine implements Ground {
  readonly #options: NodesMachineOptions;
  readonly #machine: Machine;
  readonly #features: MachineFeatures;
  readonly programs: Programs;
  #socket: HeldSocket | undefined;
  /** Repairs come one after the other. */
  #turn: Promise<unknown> = Promise.resolve();

  private constructor(
    options: NodesMachineOptions,
    found: { machine: Machine; programs: Programs; features: MachineFeatures },
  ) {
    this.#options = options;
    this.#machine = found.machine;
    this.#features = found.features;
    this.programs = found.programs;
  }

  static async open(options: NodesMachineOptions): Promise<NodesMachine> {
    const { paths, logger } = options;
    const machine = await Machine.open({
      name: paths.name,
      home: paths.home,
      runDirectory: paths.run,
      clock: systemClock,
      logger: logger.with({ component: "machine" }),
    });
    const { programs } = await ensureInstalled();
    const features = await findFeatures({
      containerd: programs.containerd,
      runtimes: programs.runtimes,
      root: paths.home,
    });
    return new NodesMachine(options, { machine, programs, features });
  }

  async containerds(): Promise<readonly Part[]> {
    const nodes = Object.entries(this.#machine.state.nodes);
    const parts = nodes.map(async ([node, { containerd, address }]): Promise<readonly Part[]> => {
      if (!containerd) return [];
      const state = (await isAlive(containerd)) ? "running" : "ended";
      return [{ role: "containerd", node, pid: containerd.pid, address, state }];
    });
    return (await Promise.all(parts)).flat();
  }

  /** What the control plane listens on for the nodes; another one after the fabric was made anew. */
  get apiSocket(): HeldSocket | undefined {
    return this.#socket;
  }

  async ensureFabric(signal: AbortSignal): Promise<void> {
    const { fabric } = this.#options.config;
    await this.#machine.ensureFabric({ subnet: fabric, signal });
    const held = await this.#machine.listenInFabric({ host: apiAddress(fabric), port: API_FABRIC_PORT }, { signal });
    this.#socket?.[Symbol.dispose]();
    this.#socket = held;
  }

  /** Mends the network when one of its processes has ended. There is nothing that would tell of that, so it looks. */
  async keepFabric(signal: AbortSignal): Promise<void> {
    let stopped = 0;
    while (!signal.aborted) {
      await systemClock.sleep(FABRIC_CHECK_MS, signal).catch(() => {});
      const { egress } = this.#machine.state.fabric ?? {};
      stopped = (await isStopped(egress)) ? stopped + 1 : 0;
      // Nobody in the nodes reaches the world while it stands still.
      if (egress && stopped >= STOPPED_CHECKS) await killProcess(egress, systemClock).catch(() => {});
      if (signal.aborted || (await this.#isFabricWhole())) continue;
      await this.#exclusively(() => this.#mendFabric(signal)).catch((error: unknown) => {
        if (!signal.aborted) this.#options.logger.error("The network of the nodes could not be mended", { error });
      });
    }
  }

  async #isFabricWhole(): Promise<boolean> {
    const { fabric } = this.#machine.state;
    return (await isAlive(fabric?.init)) && (await isAlive(fabric?.egress));
  }

  async #mendFabric(signal: AbortSignal): Promise<void> {
    if (await this.#isFabricWhole()) return;
    const { logger, config, onNewApiSocket } = this.#options;
    const before = this.#machine.state.fabric?.init;
    const { init } = await this.#machine.ensureFabric({ subnet: config.fabric, signal });
    logger.warn("Mended the network of the nodes");
    if (isSameProcess(init, before)) return;
    await this.ensureFabric(signal);
    onNewApiSocket();
    for (const [name, node] of Object.entries(this.#machine.state.nodes)) {
      if (await isAlive(node.init)) await this.#ensureNamespaces({ name, index: node.index }, signal);
    }
  }

  async ensureNode(node: NodeConfig, signal: AbortSignal): Promise<void> {
    await this.#ensureNamespaces(node, signal);
    const { registryMirrors = [], fabric } = this.#options.config;
    for (const mirror of registryMirrors)
      await writeRegistryMirror(this.#machine.nodeDirectory(node.name), onFabric(mirror, fabric));
    await this.#machine.ensureContainerd({ ...this.#containerdOf(node), signal });
  }

  async #ensureNamespaces({ name, index }: NodeConfig, signal: AbortSignal): Promise<void> {
    const podCidr = podCidrOf(this.#options.config.pods, index);
    await this.#machine.ensureNode({ name, index, podCidr, cniPlugins: this.programs.cniPlugins, signal });
  }

  async importImages(nodes: readonly NodeConfig[], signal: AbortSignal): Promise<void> {
    const names = nodes.map(({ name }) => name);
    await importBaseImages(this.#machine, names, { cache: this.#options.paths.cache, signal });
  }

  async untilNodeEnds(node: NodeConfig, signal: AbortSignal): Promise<void> {
    const { logger } = this.#options;
    const life = new AbortController();
    const watched = endWhenHung({
      name: `containerd ${node.name}`,
      probe: async (late) => await runtimeProbe(this.#machine.containerdSocket(node.name), systemClock)(late),
      kill: () => this.#machine.stopContainerd(node.name),
      clock: systemClock,
      logger,
      signal: AbortSignal.any([signal, life.signal]),
    });
    try {
      await this.#machine.superviseContainerd(this.#containerdOf(node), { logger, signal });
    } catch (error) {
      if (!signal.aborted) throw error;
    } finally {
      life.abort();
      await watched;
    }
  }

  async remakeNode(node: NodeConfig, signal: AbortSignal): Promise<void> {
    await this.#exclusively(async () => {
      await this.#mendFabric(signal);
      await this.ensureNode(node, signal);
    });
    await this.importImages([node], signal);
  }

  async removeNode({ name }: NodeConfig): Promise<void> {
    await this.#machine.removeNode(name);
  }

  async spawnAgent({ name }: NodeConfig, argv: readonly string[], out: number): Promise<StartedProcess> {
    const { child, identity } = await this.#machine.spawnInNode(name, argv, { stdio: ["pipe", out, out, "pipe"] });
    const send = (signal: NodeJS.Signals) => void signalProcess(identity, signal).catch(() => {});
    return {
      child,
      pid: identity.pid,
      stop: () => send("SIGTERM"),
      kill: () => send("SIGKILL"),
      probe: beatProbe(child.stdio[HEARTBEAT_FD] as Readable),
    };
  }

  async stop(graceSeconds: number): Promise<void> {
    const { logger } = this.#options;
    if (graceSeconds > 0)
      await endContainers(this.#machine, { maxGraceSeconds: graceSeconds, clock: systemClock, logger });
    await this.#machine.stop();
  }

  #containerdOf({ name }: NodeConfig): ContainerdSpec {
    const logFile = join(this.#options.paths.log, `${name}-containerd.log`);
    return { node: name, containerd: this.programs.containerd, features: this.#features, logFile };
  }

  #exclusively<T>(work: () => Promise<T>): Promise<T> {
    const turn = this.#turn.catch(() => {}).then(work);
    this.#turn = turn;
    return turn;
  }
}
