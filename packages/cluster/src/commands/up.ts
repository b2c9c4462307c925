import { spawn } from "node:child_process";
import { closeSync, existsSync, openSync } from "node:fs";
import { join } from "node:path";
import type { Client } from "@dingi/client";
import { KUBERNETES_VERSION } from "@dingi/component-base";
import { systemClock } from "@dingi/base";
import {
  contextName,
  ForeignClusterError,
  listConfigs,
  PARTS,
  RUNTIMES,
  readConfig,
  STORES,
  writeConfig,
  type ClusterConfig,
  type PartName,
  type RuntimeName,
} from "../config/cluster-config.ts";
import { hasEtcdOptions, parseEtcdOptions, requireEtcd, type EtcdOptions } from "../config/etcd-config.ts";
import { parseFlags } from "../config/known-flags.ts";
import { requireSame, type AskedFor } from "../config/same-options.ts";
import { clusterPaths, type ClusterPaths } from "../config/paths.ts";
import { reserve, reservedByOthers } from "../config/reservation.ts";
import { parseRegistryMirror } from "../image/registry-mirror.ts";
import { requireDiskSpace } from "../install/disk-space.ts";
import { ensureInstalled } from "../install/install.ts";
import { explained } from "../install/kernel-features.ts";
import { chooseFreePort, requireFreePort } from "../install/port.ts";
import { requireRoot } from "../install/privileges.ts";
import { chooseNetworks, simulatedNetworks } from "../machine/networks.ts";
import { callSupervisor, supervisorStatus } from "../supervisor/control-socket.ts";
import { killSupervisor } from "../supervisor/end-supervisor.ts";
import { endLeftParts } from "../supervisor/parts.ts";
import { prepareDirectories } from "../supervisor/supervisor.ts";
import { adminClient } from "./admin-client.ts";
import { checkFromNode } from "./check-from-node.ts";
import { nameOption } from "./context.ts";
import { writeKubeconfigs } from "./kubeconfig.ts";
import { program } from "./program.ts";
import { Progress } from "./progress.ts";
import { takeTurn } from "./turn.ts";
import { runKubectl } from "./kubectl.ts";
import { START_MS, until } from "./until.ts";
import { untilApiAnswers, untilNodesReady } from "./wait-for-cluster.ts";

export interface UpOptions extends EtcdOptions {
  readonly name: string;
  readonly nodes?: string;
  readonly runtime?: RuntimeName;
  readonly store?: string;
  readonly file?: string;
  /** "name=value": flags of upstream's components. */
  readonly flag?: readonly string[];
  /** "registry=endpoint". */
  readonly registryMirror?: readonly string[];
  /** Names of parts; several in one are separated by commas. */
  readonly disable?: readonly string[];
  readonly acceptDataLoss?: boolean;
}

const API_PORT = 6443;
const POLL_MS = 50;
/** What a supervisor that answered that it has retired takes to end. */
const RETIRE_MS = 5_000;

/** Makes a cluster or starts it again, and waits until it can be used. */
export async function up(options: UpOptions): Promise<void> {
  const progress = new Progress();
  const paths = clusterPaths(options.name);
  const config = await started(options, paths, progress);
  await followStart(paths, progress);
  await inTurn(() => writeKubeconfigs(paths, config));
  await using client = await adminClient(paths, config);
  await progress.step("API server", () => untilApiAnswers(paths, client));
  if (!lacks(config, "kubelet", "controller-manager"))
    await progress.step(config.nodes.length === 1 ? "Node ready" : "Nodes ready", () =>
      untilNodesReady(
        paths,
        client,
        config.nodes.map(({ name }) => name),
      ),
    );
  const answersNames = config.runtime === "containerd" && config.nodes.length > 0;
  if (answersNames && !lacks(config, "kubelet", "controller-manager", "proxy", "dns"))
    await progress.step("Cluster DNS", () =>
      checkFromNode(paths, { dns: `kubernetes.default.svc.${config.clusterDomain}` }),
    );
  if (options.file !== undefined) await deploy(options.file, { paths, config, client, progress });
  printNext(config, options, progress);
}

/** Whether a part was left out that what follows would wait for. */
function lacks({ disabled = [] }: ClusterConfig, ...parts: readonly PartName[]): boolean {
  return parts.some((part) => disabled.includes(part));
}

/** The cluster's configuration, once its supervisor runs. */
async function started(options: UpOptions, paths: ClusterPaths, progress: Progress): Promise<ClusterConfig> {
  const asked = askedFor(options);
  const runtime = await runtimeOf(options, paths);
  if (runtime === "containerd") await requireContainers(progress);
  await requireDiskSpace(paths.home);
  await prepareDirectories(paths);
  await using _turn = await takeTurn(systemClock);
  const known = await readConfig(paths.config);
  if (known) requireSame(known, asked);
  const config = known ?? (await newConfig(options, runtime));
  const { etcd } = config;
  if (etcd) await progress.step("etcd", () => requireEtcd(etcd, { isNew: !known }));
  if (!known) await writeConfig(paths.config, config);
  await reserve(paths, config);
  if (options.acceptDataLoss) progress.note(await (await import("./accept-loss.ts")).acceptLoss(paths, config));
  await startSupervisor(paths, config);
  return config;
}

/** A new cluster's store is looked at, too: what is wrong with the words is said before anything is installed or made. */
async function runtimeOf(options: UpOptions, paths: ClusterPaths): Promise<RuntimeName> {
  const before = await knownConfig(paths);
  if (!before) await storeOf(options);
  return options.runtime ?? before?.runtime ?? "containerd";
}

/** Undefined also when the files are another user's: root's, so that root is what is asked for. */
async function knownConfig(paths: ClusterPaths): Promise<ClusterConfig | undefined> {
  try {
    return await readConfig(paths.config);
  } catch (error) {
    if (error instanceof ForeignClusterError) return undefined;
    throw error;
  }
}

async function inTurn(work: () => Promise<void>): Promise<void> {
  await using _turn = await takeTurn(systemClock);
  await work();
}

async function requireContainers(progress: Progress): Promise<void> {
  requireRoot({ argv: ["./dingi", ...process.argv.slice(2)], env: process.env, uid: process.getuid?.() ?? 0 });
  const { packages } = await progress.step("Programs", () => ensureInstalled());
  if (packages.length > 0) progress.note(`installed ${packages.join(", ")}`);
}

async function newConfig(options: UpOptions, runtime: RuntimeName): Promise<ClusterConfig> {
  const count = nodeCount(options.nodes ?? "1");
  const others = [...(await listConfigs()), ...(await reservedByOthers(clusterPaths(options.name)))];
  const networks = runtime === "containerd" ? await chooseNetworks({ others }) : simulatedNetworks(others);
  const taken = new Set(others.map(({ apiPort }) => apiPort));
  let apiPort = await chooseFreePort("127.0.0.1", API_PORT);
  while (taken.has(apiPort)) apiPort = await chooseFreePort("127.0.0.1", apiPort + 1);
  return {
    name: options.name,
    runtime,
    ...(await storeOf(options)),
    nodes: Array.from({ length: count }, (_, i) => ({ name: `${options.name}-${i + 1}`, index: i + 1 })),
    nextIndex: count + 1,
    apiPort,
    ...networks,
    serviceCidr: "10.96.0.0/16",
    clusterDomain: "cluster.local",
    flags: parseFlags(options.flag ?? []),
    ...(options.registryMirror?.length ? { registryMirrors: options.registryMirror.map(parseRegistryMirror) } : {}),
    ...(options.disable?.length ? { disabled: disabledParts(options.disable) } : {}),
  };
}

function nodeCount(text: string): number {
  if (!/^\d+$/.test(text) || Number(text) > 50) throw new Error(`--nodes takes a number from 0 to 50, not "${text}"`);
  return Number(text);
}

/** What is asked for, checked whether or not there is a cluster yet. */
function askedFor(options: UpOptions): AskedFor {
  const { nodes, runtime, store, flag, disable, registryMirror, file } = options;
  if (runtime !== undefined && !RUNTIMES.includes(runtime))
    throw new Error(`--runtime takes one of ${RUNTIMES.join(", ")}, not "${runtime}"`);
  if (file !== undefined && isLocal(file) && !existsSync(file)) throw new Error(`There is no file "${file}" to apply`);
  return {
    runtime,
    store,
    etcd: options,
    nodes: nodes === undefined ? undefined : nodeCount(nodes),
    flags: parsed(flag, parseFlags),
    disabled: parsed(disable, disabledParts),
    registryMirrors: parsed(registryMirror, (texts) => texts.map(parseRegistryMirror)),
  };
}

/** Of what can be applied: neither an address nor the standard input. */
function isLocal(file: string): boolean {
  return file !== "-" && !/^https?:/.test(file);
}

/** Undefined where an option was not given. */
function parsed<T>(texts: readonly string[] | undefined, parse: (texts: readonly string[]) => T): T | undefined {
  return texts?.length ? parse(texts) : undefined;
}

async function storeOf(options: UpOptions): Promise<Pick<ClusterConfig, "store" | "etcd">> {
  const name = options.store ?? "sqlite";
  const store = STORES.find((known) => known === name);
  if (!store) throw new Error(`--store takes one of ${STORES.join(", ")}, not "${name}"`);
  if (store === "etcd") return { store, etcd: await parseEtcdOptions(options) };
  if (hasEtcdOptions(options))
    throw new Error(`Options that begin with --etcd belong to --store etcd, not to "${store}"`);
  return { store };
}

function disabledParts(options: readonly string[]): readonly PartName[] {
  return options
    .flatMap((text) => text.split(","))
    .map((name) => {
      const part = PARTS.find((known) => known === name);
      if (!part) throw new Error(`--disable takes some of ${PARTS.join(", ")}, not "${name}"`);
      return part;
    });
}

/** Resolves once a supervisor answers. */
async function startSupervisor(paths: ClusterPaths, config: ClusterConfig): Promise<void> {
  // One that does not answer is replaced, and so is one whose socket is gone.
  const status = await supervisorStatus(paths.socket).catch(() => undefined);
  if (status && status.phase !== "failed") return void (await callSupervisor(paths.socket, "POST /hurry"));
  // One that failed keeps its parts; the next one starts them anew.
  if (status) await callSupervisor(paths.socket, "POST /retire");
  await killSupervisor(paths, { clock: systemClock, waitMs: status ? RETIRE_MS : 0 });
  await endLeftParts(paths.parts, systemClock);
  await requireFreePort("127.0.0.1", config.apiPort);
  const [file = "", ...args] = [...program(), "internal", "supervisor", "--name", paths.name];
  const out = openSync(join(paths.log, "supervisor.out"), "a", 0o600);
  const child = spawn(file, args, { detached: true, stdio: ["ignore", out, out] });
  closeSync(out);
  child.unref();
  const ended = () => child.exitCode !== null || child.signalCode !== null;
  await until("The supervisor", async () => ended() || (await supervisorStatus(paths.socket)) !== undefined);
  if (ended()) throw new Error(`The supervisor ended at once; why stands in ${join(paths.log, "supervisor.out")}`);
}

async function followStart(paths: ClusterPaths, progress: Progress): Promise<void> {
  const deadline = systemClock.monotonic() + START_MS;
  let shown = 0;
  while (systemClock.monotonic() < deadline) {
    const status = await supervisorStatus(paths.socket);
    for (const step of (status?.steps ?? []).slice(shown)) {
      if (step.endMs === undefined) break;
      progress.done(step.name, step.endMs - step.startMs);
      shown++;
    }
    if (status?.phase === "running" && shown === status.steps.length) return;
    if (status?.phase === "failed") {
      const failed = status.steps.find(({ error }) => error !== undefined);
      throw await explained(
        new Error(
          `${failed ? `${failed.name}: ${failed.error}` : "The cluster did not start"}; more stands in ${paths.log}`,
        ),
      );
    }
    await systemClock.sleep(POLL_MS);
  }
  throw new Error(`The cluster did not start within ${START_MS / 1000} s; why stands in ${paths.log}`);
}

interface Deployment {
  readonly paths: ClusterPaths;
  readonly config: ClusterConfig;
  readonly client: Client;
  readonly progress: Progress;
}

async function deploy(file: string, { paths, config, progress }: Deployment): Promise<void> {
  await progress.step(`Applying ${file}`, async () => {
    const code = await runKubectl(paths, ["apply", "-f", file]);
    if (code !== 0) throw new Error(`"${file}" could not be applied`);
  });
  if (config.runtime === "containerd") await progress.step("Services answer", () => checkFromNode(paths, { file }));
}

function printNext(config: ClusterConfig, options: UpOptions, progress: Progress): void {
  const name = nameOption(options.name);
  progress.note(
    `Kubernetes v${KUBERNETES_VERSION} runs as "${config.name}", after ${progress.total}. Context "${contextName(config.name)}" is in your kubeconfig.`,
  );
  progress.note(
    `Next:\n  ./dingi kubectl${name} get pods -A\n  ./dingi status${name}\n  ./dingi stop${name}      (keeps everything)\n  ./dingi delete${name}    (leaves nothing)`,
  );
}
