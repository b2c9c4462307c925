import { mkdir, mkdtemp, rm, rmdir } from "node:fs/promises";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { silentLogger, systemClock } from "@dingi/base";
import { connectContainerd, untilReady } from "@dingi/cri";
import { ensureBaseImages } from "../../../packages/cluster/src/image/base-images.ts";
import { importImages } from "../../../packages/cluster/src/image/import-image.ts";
import type { ContainerdSpec } from "../../../packages/cluster/src/machine/containerd.ts";
import { findFeatures } from "../../../packages/cluster/src/machine/machine-features.ts";
import { Machine } from "../../../packages/cluster/src/machine/machine.ts";
import { chooseNetworks, type ClusterNetworks, podCidrOf } from "../../../packages/cluster/src/machine/networks.ts";
import { findPrograms, type Programs } from "../../../packages/cluster/src/install/programs.ts";

/** The reason why tests of the machine cannot run here, or false. */
export function skipWithoutRoot(): string | false {
  return process.getuid?.() === 0 ? false : "needs root to make namespaces";
}

/** A cluster's part of this machine, in a folder of its own; `close` leaves nothing. */
export class MachineFixture {
  readonly name: string;
  readonly root: string;
  readonly networks: ClusterNetworks;
  readonly programs: Programs;
  machine: Machine;

  private constructor(parts: {
    name: string;
    root: string;
    networks: ClusterNetworks;
    programs: Programs;
    machine: Machine;
  }) {
    this.name = parts.name;
    this.root = parts.root;
    this.networks = parts.networks;
    this.programs = parts.programs;
    this.machine = parts.machine;
  }

  static async open(name: string): Promise<MachineFixture> {
    const root = await mkdtemp(join(tmpdir(), "dingi-machine-"));
    const [found, machine] = await Promise.all([findPrograms(), openMachine(name, root)]);
    if (found.missing.length > 0) throw new Error(`Programs are missing: ${found.missing.join(", ")}`);
    const networks = await takeNetworks(machine);
    return new MachineFixture({ name, root, networks, programs: found.programs, machine });
  }

  get home(): string {
    return homeOf(this.root, this.name);
  }

  get runDirectory(): string {
    return `/run/dingi/${this.name}`;
  }

  /** What another supervisor would see. */
  async reopen(): Promise<void> {
    this.machine = await openMachine(this.name, this.root);
  }

  /** Fabric, node, containerd and base images; returns the node's name. */
  async addNode(index: number): Promise<string> {
    const node = `${this.name}-${index}`;
    await this.machine.ensureFabric({ subnet: this.networks.fabric });
    const podCidr = podCidrOf(this.networks.pods, index);
    await this.machine.ensureNode({ name: node, index, podCidr, cniPlugins: this.programs.cniPlugins });
    const [archive] = await Promise.all([
      ensureBaseImages(join(this.home, "cache/base-images.tar"), this.programs),
      this.machine.ensureContainerd(await this.containerd(node)),
    ]);
    await importImages(archive, { socket: this.machine.containerdSocket(node) });
    await using runtime = connectContainerd({ socket: this.machine.containerdSocket(node), clock: systemClock });
    await untilReady(runtime.runtime, { clock: systemClock, timeoutMs: 60_000 });
    return node;
  }

  async containerd(node: string): Promise<ContainerdSpec> {
    const { containerd, runtimes } = this.programs;
    const features = await findFeatures({ containerd, runtimes, root: this.home });
    return { node, containerd, features, logFile: join(this.home, "log", `containerd-${node}.log`) };
  }

  async close(): Promise<void> {
    await this.machine.delete();
    await rm(this.root, { recursive: true });
  }
}

function homeOf(root: string, name: string): string {
  return join(root, "clusters", name);
}

async function openMachine(name: string, root: string): Promise<Machine> {
  const home = homeOf(root, name);
  await mkdir(join(home, "log"), { recursive: true });
  return Machine.open({ name, home, runDirectory: `/run/dingi/${name}`, clock: systemClock, logger: silentLogger });
}

const LOCK = "/run/dingi-e2e-networks";

/** One test file after another, because networks are chosen by what is up already. */
async function takeNetworks(machine: Machine): Promise<ClusterNetworks> {
  for (let tries = 0; !(await tryLock()); tries++) {
    if (tries > 400) throw new Error(`"${LOCK}" is held; remove it if no test runs`);
    await systemClock.sleep(25);
  }
  try {
    const networks = await chooseNetworks({ others: [] });
    await machine.ensureFabric({ subnet: networks.fabric });
    return networks;
  } finally {
    await rmdir(LOCK);
  }
}

async function tryLock(): Promise<boolean> {
  return mkdir(LOCK).then(
    () => true,
    () => false,
  );
}
