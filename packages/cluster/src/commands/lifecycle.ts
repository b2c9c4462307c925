import { rm } from "node:fs/promises";
import { systemClock, silentLogger } from "@dingi/base";
import { listConfigs, readConfig, type ClusterConfig } from "../config/cluster-config.ts";
import { emptyEtcd } from "../config/etcd-config.ts";
import { clusterPaths, dingiHome, type ClusterPaths } from "../config/paths.ts";
import { Machine } from "../machine/machine.ts";
import { endContainers } from "../supervisor/end-containers.ts";
import { endBySupervisor } from "../supervisor/end-supervisor.ts";
import { endLeftParts } from "../supervisor/parts.ts";
import { removeContext } from "./kubeconfig.ts";
import { nameOption, openCluster } from "./context.ts";
import { Progress } from "./progress.ts";
import { supervisorState } from "./supervisor-state.ts";

/** What pods get to end, unless their own grace is shorter. */
const GRACE_SECONDS = 10;

/** Ends a cluster's processes, by its supervisor or, when that is gone, by what is recorded of them. */
export async function stop(name: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  process.stdout.write(`Stopping cluster "${name}"; its pods have up to ${GRACE_SECONDS} s to end\n`);
  const progress = new Progress();
  const steps = await endBySupervisor(paths, { graceSeconds: GRACE_SECONDS, clock: systemClock });
  for (const step of steps ?? []) progress.done(step.name, (step.endMs ?? step.startMs) - step.startMs);
  if (!steps) await progress.step("What was left", () => stopWithoutSupervisor(paths, config));
  await rm(paths.run, { recursive: true, force: true });
  progress.note(`Cluster "${name}" is stopped; dingi up${nameOption(name)} starts it again`);
}

async function stopWithoutSupervisor(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  await endLeftParts(paths.parts, systemClock);
  if (config.runtime !== "containerd") return;
  const machine = await machineOf(paths);
  await endContainers(machine, { maxGraceSeconds: GRACE_SECONDS, clock: systemClock, logger: silentLogger });
  await machine.stop();
}

/** Leaves nothing of a cluster. */
export async function deleteCluster(name: string): Promise<void> {
  const paths = clusterPaths(name);
  const config = await readConfig(paths.config);
  await endBySupervisor(paths, { graceSeconds: 0, clock: systemClock });
  await endLeftParts(paths.parts, systemClock);
  if (config?.runtime === "containerd") await (await machineOf(paths)).delete();
  const left = config?.etcd && (await emptyEtcd(config.etcd));
  if (config) await removeContext(config);
  await rm(paths.run, { recursive: true, force: true });
  await rm(paths.home, { recursive: true, force: true });
  if ((await listConfigs()).length === 0) await rm(dingiHome(), { recursive: true, force: true });
  if (left !== undefined) process.stdout.write(`${left}\n`);
  process.stdout.write(config ? `Cluster "${name}" is deleted\n` : `There was no cluster "${name}"\n`);
}

export async function list(): Promise<void> {
  const configs = await listConfigs();
  if (configs.length === 0) return void process.stdout.write("There are no clusters; make one with dingi up\n");
  process.stdout.write(
    `${"NAME".padEnd(20)} ${"STATUS".padEnd(10)} ${"NODES".padEnd(6)} ${"RUNTIME".padEnd(12)} API\n`,
  );
  for (const { name, nodes, runtime, apiPort } of configs) {
    const { phase } = await supervisorState(clusterPaths(name));
    process.stdout.write(
      `${name.padEnd(20)} ${phase.padEnd(10)} ${String(nodes.length).padEnd(6)} ${runtime.padEnd(12)} https://127.0.0.1:${apiPort}\n`,
    );
  }
}

async function machineOf(paths: ClusterPaths): Promise<Machine> {
  return await Machine.open({
    name: paths.name,
    home: paths.home,
    runDirectory: paths.run,
    clock: systemClock,
    logger: silentLogger,
  });
}
