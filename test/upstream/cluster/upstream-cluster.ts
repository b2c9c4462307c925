import { execFile, spawn } from "node:child_process";
import { closeSync, openSync } from "node:fs";
import { mkdir, readFile, rm, writeFile } from "node:fs/promises";
import { get } from "node:https";
import { hostname } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";
import { ensureClusterPki } from "@dingi/component-base";
import { silentLogger, systemClock, systemRandom } from "@dingi/base";
import { ANY_REGISTRY, writeRegistryMirror } from "../../../packages/cluster/src/image/registry-mirror.ts";
import { ensureBaseImages } from "../../../packages/cluster/src/image/base-images.ts";
import { ensureInstalled } from "../../../packages/cluster/src/install/install.ts";
import { apiAddress, apiServiceAddress, dnsServiceAddress } from "../../../packages/cluster/src/machine/addresses.ts";
import { findCgroups, procsFiles } from "../../../packages/cluster/src/machine/cgroups.ts";
import { entering, joinCgroup } from "../../../packages/cluster/src/machine/enter.ts";
import { findFeatures } from "../../../packages/cluster/src/machine/machine-features.ts";
import { Machine } from "../../../packages/cluster/src/machine/machine.ts";
import { chooseNetworks, EGRESS_DNS, podCidrOf } from "../../../packages/cluster/src/machine/networks.ts";
import { baseImagesIn, importBaseImages } from "../../../packages/cluster/src/supervisor/base-image-import.ts";
import { ensurePrograms } from "../build.ts";
import { imageSource } from "../image/source.ts";
import { ensureImages } from "../images.ts";
import { BIN, CACHE, upstreamProgram } from "../versions.ts";
import {
  API_PORT,
  apiServerArgv,
  controllerManagerArgv,
  etcdArgv,
  schedulerArgv,
  UNLIMITED,
  type ControlPlaneFacts,
} from "./control-plane.ts";
import { corednsObjects } from "./coredns.ts";
import { Credentials } from "./credentials.ts";
import { startDetached } from "./detached.ts";
import { kubeletArgv, proxyArgv, type NodeFacts } from "./node-programs.ts";

const PARTS = ["kube-scheduler", "kube-controller-manager", "kubelet", "kube-proxy"] as const;
export type UpstreamPart = (typeof PARTS)[number];

export interface UpstreamOptions {
  readonly nodes: number;
  /** Those that are not started, because others take their place. */
  readonly without?: readonly UpstreamPart[];
  /** Returns before nodes are ready and DNS answers: `finish` is called when what is missing has been started. */
  readonly unfinished?: boolean;
  /** Its clients do not limit themselves: for what is measured. */
  readonly unlimited?: boolean;
  /** The cluster's name on this machine. */
  readonly name?: string;
}

const SERVICES = "10.96.0.0/16";
const REGISTRY_PORT = 5055;
const START_MS = 120_000;
const STEP_MS = 100;
/** A kubelet sets these for the whole machine. */
const KUBELETS_SYSCTLS = ["vm/overcommit_memory", "vm/panic_on_oom", "kernel/panic", "kernel/panic_on_oops"];

/**
 * Upstream's own cluster in dingi's namespaces: control plane in the fabric's network, and nodes with containerd, kubelet
 * and kube-proxy. Nothing listens on the machine's own addresses.
 */
export class UpstreamCluster implements AsyncDisposable {
  readonly credentials: Credentials;
  readonly #root: string;
  readonly #machine: Machine;
  #server = "";
  #standIns = true;
  #nodes: readonly NodeFacts[] = [];

  private constructor(root: string, machine: Machine) {
    this.#root = root;
    this.#machine = machine;
    this.credentials = new Credentials(join(root, "pki"));
  }

  /** What is recorded of it, up or not. */
  static async open(name = "upstream"): Promise<UpstreamCluster> {
    const root = join(CACHE, "clusters", name);
    await mkdir(join(root, "log"), { recursive: true });
    const runDirectory = join("/run/dingi", name);
    return new UpstreamCluster(
      root,
      await Machine.open({ name, home: root, runDirectory, clock: systemClock, logger: silentLogger }),
    );
  }

  static async start(options: UpstreamOptions): Promise<UpstreamCluster> {
    if (process.getuid?.() !== 0) throw new Error("Nodes need root: run this as root");
    const { without = [] } = options;
    const wanted = ["kubectl", "etcd", "kube-apiserver", ...PARTS].filter(
      (name) => !without.some((part) => part === name),
    );
    ensurePrograms([...wanted, "coredns"]);
    const cluster = await UpstreamCluster.open(options.name);
    try {
      await cluster.#start(options);
      return cluster;
    } catch (error) {
      await cluster[Symbol.asyncDispose]().catch(() => {});
      throw error;
    }
  }

  get kubeconfig(): string {
    return this.credentials.path("admin.kubeconfig");
  }

  get services(): string {
    return SERVICES;
  }

  get server(): string {
    return this.#server;
  }

  get nodes(): readonly NodeFacts[] {
    return this.#nodes;
  }

  get logs(): string {
    return join(this.#root, "log");
  }

  get machine(): Machine {
    return this.#machine;
  }

  async kubectl(argv: readonly string[], input = ""): Promise<string> {
    const asked = promisify(execFile)(upstreamProgram("kubectl"), ["--kubeconfig", this.kubeconfig, ...argv]);
    asked.child.stdin?.end(input);
    return (await asked).stdout;
  }

  async #start(options: UpstreamOptions): Promise<void> {
    const { nodes, without = [], name = "upstream", unfinished = false } = options;
    await this.#keepSysctls();
    this.#standIns = (await imageSource()) === "stand-ins";
    const layout = this.#standIns ? await ensureImages() : "";
    const { fabric, pods } = await chooseNetworks({ others: [] });
    await this.#machine.ensureFabric({ subnet: fabric });
    const address = apiAddress(fabric);
    this.#server = `https://${address}:${API_PORT}`;
    await this.#issue(address);
    const registry = new URL("../image/registry.ts", import.meta.url).pathname;
    if (this.#standIns)
      await this.startInFabric("registry", [process.execPath, registry, layout, address, String(REGISTRY_PORT)]);
    const controlPlane = this.#startControlPlane(options, {
      address,
      pods,
      services: SERVICES,
      credentials: this.credentials,
      etcdData: join(this.#root, "etcd"),
    });
    const made = Array.from({ length: nodes }, (_, index) =>
      this.#makeNode({ name: `${name}-${index + 1}`, index: index + 1, fabric, pods }),
    );
    [this.#nodes] = await Promise.all([Promise.all(made), controlPlane]);
    for (const node of this.#nodes) await this.#startNode(node, without);
    await this.kubectl(["apply", "-f", "-"], JSON.stringify(corednsObjects(dnsServiceAddress(SERVICES))));
    if (!unfinished) await this.finish();
  }

  /** Waits for the nodes and for the cluster's DNS. */
  async finish(): Promise<void> {
    await this.#untilReady(this.#nodes.length);
    await this.kubectl(["-n", "kube-system", "wait", "--for=condition=Available", "deploy/coredns", "--timeout=90s"]);
  }

  async #issue(address: string): Promise<void> {
    await ensureClusterPki(this.credentials.directory, {
      clock: systemClock,
      random: systemRandom,
      fabricAddress: address,
      hostName: hostname(),
      serviceAddress: apiServiceAddress(SERVICES),
      clusterDomain: "cluster.local",
    });
    const masters = ["system:masters"];
    await this.credentials.kubeconfig({ name: "admin", user: "admin", groups: masters }, this.#server);
    await this.credentials.issue({ name: "kubelet-client", user: "kube-apiserver-kubelet-client", groups: masters });
  }

  async #startControlPlane(
    { without = [], unlimited = false }: UpstreamOptions,
    facts: ControlPlaneFacts,
  ): Promise<void> {
    await this.startInFabric("etcd", etcdArgv(facts));
    await this.startInFabric("kube-apiserver", apiServerArgv(facts));
    await until("The API server", () => this.#answersReady(facts.address));
    const start = async (name: UpstreamPart, argv: (kubeconfig: string) => readonly string[]) => {
      if (without.includes(name)) return;
      const kubeconfig = await this.credentials.kubeconfig({ name, user: `system:${name}` }, this.#server);
      await this.startInFabric(name, argv(kubeconfig));
    };
    const more = unlimited ? UNLIMITED : [];
    await start("kube-scheduler", (kubeconfig) => [...schedulerArgv(kubeconfig), ...more]);
    await start("kube-controller-manager", (kubeconfig) => [...controllerManagerArgv(kubeconfig, facts), ...more]);
  }

  /** Not by kubectl, whose own start would be part of what a start takes. */
  async #answersReady(host: string): Promise<boolean> {
    const ca = await readFile(this.credentials.path("ca.crt"), "utf8");
    const { promise, resolve, reject } = Promise.withResolvers<boolean>();
    get({ host, port: API_PORT, path: "/readyz", ca, agent: false }, (response) => {
      response.resume();
      resolve(response.statusCode === 200);
    }).once("error", reject);
    return await promise;
  }

  async #makeNode(wanted: { name: string; index: number; fabric: string; pods: string }): Promise<NodeFacts> {
    const { name, index, fabric, pods } = wanted;
    const { programs } = await ensureInstalled();
    const podCidr = podCidrOf(pods, index);
    const { address } = await this.#machine.ensureNode({ name, index, podCidr, cniPlugins: programs.cniPlugins });
    const directory = this.#machine.nodeDirectory(name);
    const endpoints = [`http://${apiAddress(fabric)}:${REGISTRY_PORT}`];
    if (this.#standIns) await writeRegistryMirror(directory, { registry: ANY_REGISTRY, endpoints });
    const { containerd, runtimes } = programs;
    const features = await findFeatures({ containerd, runtimes, root: this.#root });
    await this.#machine.ensureContainerd({
      node: name,
      containerd,
      features,
      logFile: join(this.logs, `${name}-containerd.log`),
    });
    const cache = join(this.#root, "cache");
    await ensureBaseImages(baseImagesIn(join(cache, name)), programs);
    await importBaseImages(this.#machine, [name], { cache: join(cache, name), signal: new AbortController().signal });
    return {
      name,
      address,
      directory,
      pods,
      podCidr,
      cgroupRoot: join("/dingi", this.name, name),
      resolver: EGRESS_DNS,
      dnsAddress: dnsServiceAddress(SERVICES),
      server: this.#server,
      credentials: this.credentials,
    };
  }

  get name(): string {
    return this.#root.split("/").at(-1)!;
  }

  async #startNode(node: NodeFacts, without: readonly UpstreamPart[]): Promise<void> {
    const { name, podCidr } = node;
    // The kubelet adopts it. So its pod range is the one of the node's CNI configuration.
    const object = {
      apiVersion: "v1",
      kind: "Node",
      metadata: { name },
      spec: { podCIDR: podCidr, podCIDRs: [podCidr] },
    };
    await this.kubectl(["create", "-f", "-"], JSON.stringify(object));
    const start = async (part: UpstreamPart, argvOf: (node: NodeFacts) => Promise<readonly string[]>) => {
      if (without.includes(part)) return;
      const log = join(this.logs, `${node.name}-${part}.log`);
      await startDetached(this.#machine, node.name, { argv: await argvOf(node), log });
    };
    await start("kubelet", kubeletArgv);
    await start("kube-proxy", proxyArgv);
  }

  /** Starts a program in the fabric's network and in the cluster's cgroup, which ends with the cluster. */
  async startInFabric(name: string, argv: readonly string[]): Promise<void> {
    const { fabric } = this.#machine.state;
    const cgroup = procsFiles(await findCgroups(), join("/dingi", this.name, "fabric"));
    const script = `${joinCgroup(cgroup)}\nexec "$@"`;
    const [program = "", ...args] = entering(fabric!.init.pid, ["sh", "-ec", script, "sh", ...argv], "net");
    const out = openSync(join(this.logs, `${name}.log`), "a", 0o600);
    const child = spawn(program, args, { detached: true, stdio: ["ignore", out, out] });
    closeSync(out);
    child.unref();
  }

  async #untilReady(count: number): Promise<void> {
    const path = `jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}`;
    await until("The nodes", async () => {
      const answer = await this.kubectl(["get", "nodes", "-o", path]);
      return (answer.match(/True/g)?.length ?? 0) === count;
    });
  }

  async #keepSysctls(): Promise<void> {
    const values = await Promise.all(
      KUBELETS_SYSCTLS.map(
        async (name) => [name, await readFile(`/proc/sys/${name}`, "utf8").catch(() => "")] as const,
      ),
    );
    await writeFile(join(this.#root, "sysctls.json"), JSON.stringify(Object.fromEntries(values)), { flag: "wx" }).catch(
      () => {}, // Kept by an earlier start, which was before any kubelet.
    );
  }

  /** Ends everything and leaves nothing. */
  async [Symbol.asyncDispose](): Promise<void> {
    await this.#machine.delete();
    const kept = await readFile(join(this.#root, "sysctls.json"), "utf8").catch(() => "{}");
    for (const [name, value] of Object.entries(JSON.parse(kept) as Record<string, string>))
      await writeFile(`/proc/sys/${name}`, value).catch(() => {});
    await rm(this.#root, { recursive: true, force: true });
  }
}

/** The pinned containerd, where it is built, instead of the machine's. */
export function preferBuiltContainerd(): void {
  ensurePrograms(["containerd", "ctr", "containerd-shim-runc-v2"]);
  process.env["PATH"] = `${BIN}:${process.env["PATH"] ?? ""}`;
}

async function until(what: string, check: () => Promise<boolean>): Promise<void> {
  const end = systemClock.monotonic() + START_MS;
  let last: unknown;
  while (systemClock.monotonic() < end) {
    try {
      if (await check()) return;
    } catch (error) {
      last = error;
    }
    await systemClock.sleep(STEP_MS);
  }
  throw new Error(`${what} did not become ready within ${START_MS / 1000} s`, { cause: last });
}
