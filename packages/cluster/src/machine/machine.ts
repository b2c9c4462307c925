import { mkdir, rm, rmdir } from "node:fs/promises";
import { dirname, join } from "node:path";
import type { Clock, Logger } from "@dingi/base";
import { findCgroups, processesIn, procsFiles, removeCgroup, removeIfEmpty } from "./cgroups.ts";
import {
  type ContainerdSpec,
  containerdSocket,
  ensureContainerd,
  stopContainerd,
  superviseContainerd,
  type SupervisionOptions,
} from "./containerd.ts";
import { type EnteredProcess, spawnInside, type SpawnOptions } from "./enter.ts";
import { ensureFabric, type FabricSpec, removeFabric } from "./fabric.ts";
import { type HeldSocket, listenInFabric } from "./fabric-listener.ts";
import { clusterCgroup, type MachineContext, nodeDirectory, systemCgroup } from "./machine-context.ts";
import { ensureNode, killNode, type NodeSpec } from "./node.ts";
import { removeMountPoints, removeNodeDirectory } from "./node-directories.ts";
import { identify, killProcess, type ProcessIdentity } from "./process-identity.ts";
import { type FabricState, type NodeState, type RunState, RunStateFile } from "./run-state.ts";

interface MachineOptions {
  /** The cluster's name. */
  readonly name: string;
  /** DINGI_HOME/clusters/NAME. */
  readonly home: string;
  /** /run/dingi/NAME. */
  readonly runDirectory: string;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * One cluster's part of a Linux machine: its fabric, its nodes' namespaces, their containerds. Every `ensure…` is idempotent:
 * it adopts what is up, completes what is half made and makes what is missing, also after a crash or a reboot. Needs root.
 */
export class Machine {
  readonly #context: MachineContext;
  #fabricTurn: Promise<unknown> = Promise.resolve();

  private constructor(context: MachineContext) {
    this.#context = context;
  }

  static async open(options: MachineOptions): Promise<Machine> {
    await mkdir(options.runDirectory, { recursive: true, mode: 0o700 });
    const [cgroups, state] = await Promise.all([
      findCgroups(),
      RunStateFile.open(join(options.runDirectory, "machine.json")),
    ]);
    return new Machine({ ...options, cgroups, state });
  }

  /** What is recorded as running; a process in it may have ended since. */
  get state(): RunState {
    return this.#context.state.state;
  }

  /** Called again while one is being made, it waits for that. */
  ensureFabric(spec: FabricSpec): Promise<FabricState> {
    const turn = this.#fabricTurn.catch(() => {}).then(() => ensureFabric(this.#context, spec));
    this.#fabricTurn = turn;
    return turn;
  }

  /** Needs the fabric. */
  ensureNode(spec: NodeSpec): Promise<NodeState> {
    const { fabric } = this.#context.state.state;
    if (!fabric) throw new Error(`Node "${spec.name}" needs the fabric first`);
    return ensureNode(this.#context, fabric, spec);
  }

  /** Needs the node. */
  ensureContainerd(spec: ContainerdSpec): Promise<ProcessIdentity> {
    return ensureContainerd(this.#context, spec);
  }

  superviseContainerd(spec: ContainerdSpec, options: SupervisionOptions): Promise<void> {
    return superviseContainerd(this.#context, spec, options);
  }

  stopContainerd(node: string): Promise<void> {
    return stopContainerd(this.#context, node);
  }

  /** The unix socket of a node's containerd, as a process outside of the node reaches it. */
  containerdSocket(node: string): string {
    return containerdSocket(this.#node(node).init);
  }

  /** Where a node keeps its files: hosts.toml files of registries lie in "certs.d" below it. */
  nodeDirectory(node: string): string {
    return nodeDirectory(this.#context, node);
  }

  /** Starts a program, such as the agent, inside a node's namespaces and in its cgroup; it outlives us. */
  spawnInNode(
    node: string,
    argv: readonly string[],
    options: Omit<SpawnOptions, "clock" | "entry">,
  ): Promise<EnteredProcess> {
    const cgroupProcs = procsFiles(this.#context.cgroups, systemCgroup(this.#context, node));
    return spawnInside(this.#node(node).init.pid, argv, { cgroupProcs, ...options, clock: this.#context.clock });
  }

  listenInFabric(
    address: { readonly host: string; readonly port: number },
    options?: { signal?: AbortSignal },
  ): Promise<HeldSocket> {
    const { fabric } = this.#context.state.state;
    if (!fabric) throw new Error("There is no fabric to listen in yet");
    return listenInFabric(fabric.init.pid, address, options);
  }

  /** Ends a node with its pods and deletes its files. */
  async removeNode(node: string): Promise<void> {
    await killNode(this.#context, node);
    await removeNodeDirectory(this.#context, node);
  }

  /** Ends everything: pods, nodes, fabric, links, routes, cgroups, the folder below /run. Files of the cluster stay. */
  async stop(): Promise<void> {
    const context = this.#context;
    const { nodes } = context.state.state;
    await Promise.all(Object.keys(nodes).map((node) => killNode(context, node)));
    await this.#killStrays();
    await removeFabric(context);
    await removeCgroup(context.cgroups, clusterCgroup(context), context.clock);
    await removeIfEmpty(context.cgroups, "/dingi");
    await context.state.remove();
    await rm(context.runDirectory, { recursive: true, force: true });
    await rmdir(dirname(context.runDirectory)).catch(() => {}); // Other clusters may be there.
  }

  /** `stop`, and deletes the nodes' files and what the first cluster of the machine had to make for mount points. */
  async delete(): Promise<void> {
    const context = this.#context;
    await this.stop();
    await removeNodeDirectory(context, "");
    await removeMountPoints(context);
  }

  /** Whatever is in the cluster's cgroup is the cluster's, also when the record of it was lost. */
  async #killStrays(): Promise<void> {
    const { cgroups, clock } = this.#context;
    for (const pid of await processesIn(cgroups, clusterCgroup(this.#context))) {
      const stray = await identify(pid);
      if (stray) await killProcess(stray, clock);
    }
  }

  #node(name: string): NodeState {
    const node = this.#context.state.node(name);
    if (!node) throw new Error(`Node "${name}" does not run on this machine`);
    return node;
  }
}
