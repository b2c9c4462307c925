import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, systemClock } from "@dingi/base";
import { readConfig, type ClusterConfig } from "../../packages/cluster/src/config/cluster-config.ts";
import {
  API_FABRIC_PORT,
  apiAddress,
  dnsServiceAddress,
  machineAddress,
} from "../../packages/cluster/src/machine/addresses.ts";
import { Machine } from "../../packages/cluster/src/machine/machine.ts";
import { EGRESS_DNS, podCidrOf } from "../../packages/cluster/src/machine/networks.ts";
import { startOurs, type Target } from "../conformance/target.ts";
import { controllerManagerArgv, schedulerArgv } from "../upstream/cluster/control-plane.ts";
import { Credentials, type Identity } from "../upstream/cluster/credentials.ts";
import { kubeletArgv, proxyArgv, type NodeFacts } from "../upstream/cluster/node-programs.ts";
import { startDetached } from "../upstream/cluster/detached.ts";
import { upstreamProgram } from "../upstream/versions.ts";
import { absentControllers, controllersFlag } from "./absent-controllers.ts";
import { AbsentKinds } from "./absent-kinds.ts";
import { Child } from "./child.ts";
import type { Note, Program, SwapComponent } from "./components.ts";

const NAME = `swapped-${process.pid}`;

/** Our cluster with one of upstream's programs in place of ours. */
export async function theirsInOurs(component: SwapComponent, folder: string, note: Note): Promise<Target> {
  const { program, ours: part } = component;
  await using stack = new AsyncDisposableStack();
  const options = { runtime: "containerd", store: "sqlite", nodes: 2, name: NAME } as const;
  const cluster = stack.use(await startOurs({ ...options, ...(part === undefined ? {} : { disable: [part] }) }));
  const config = (await readConfig(join(cluster.home, "cluster.json")))!;
  const credentials = new Credentials(join(cluster.home, "pki"));
  const place: Place = { program, cluster, config, credentials, folder, stack, note };
  if (program === "scheduler" || program === "controller-manager") await startInControlPlane(place);
  else if (program === "kubelet" || program === "kube-proxy") await startInNodes(place);
  if (part !== undefined) await untilNodesReady(cluster.kubeconfig, config.nodes.length);
  const owned = stack.move();
  return {
    kubeconfig: cluster.kubeconfig,
    description: cluster.description,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

/** Where a program takes the place of ours. */
interface Place {
  readonly program: Program;
  readonly cluster: Target & { readonly home: string };
  readonly config: ClusterConfig;
  readonly credentials: Credentials;
  /** For logs. */
  readonly folder: string;
  readonly stack: AsyncDisposableStack;
  readonly note: Note;
}

/** Starts what stands before the API server for one of upstream's programs; returns its URL. */
async function startFront(place: Place, identity: Identity, address?: string): Promise<string> {
  const { program, config, credentials, stack, note } = place;
  const { certificatePem, keyPem } = await credentials.issue(identity);
  const ca = await readFile(credentials.path("ca.crt"), "utf8");
  const to = { url: `https://127.0.0.1:${config.apiPort}`, ca, cert: certificatePem, key: keyPem };
  const front = stack.use(await AbsentKinds.before(to, address === undefined ? {} : { address }));
  stack.defer(() => {
    if (front.absent.length > 0) note(`Shown to ${program} as empty, or as it wrote them: ${front.absent.join(", ")}`);
  });
  return front.url;
}

async function startInControlPlane(place: Place): Promise<void> {
  const { program, config, credentials, folder, stack, note } = place;
  const identity = { name: `kube-${program}`, user: `system:kube-${program}` };
  const kubeconfig = await credentials.kubeconfig(identity, await startFront(place, identity));
  const log = join(folder, `${program}.log`);
  if (program === "scheduler") return void stack.use(new Child(schedulerArgv(kubeconfig), log));
  const absent = absentControllers();
  for (const { name, kind } of absent) note(`Switched off: ${name}, since dingi has no ${kind}`);
  const facts = { pods: config.pods, services: config.serviceCidr, credentials };
  stack.use(new Child([...controllerManagerArgv(kubeconfig, facts), controllersFlag(absent)], log));
}

async function startInNodes(place: Place): Promise<void> {
  const { program, cluster, config, credentials, folder } = place;
  const isKubelet = program === "kubelet";
  const machine = await Machine.open({
    name: NAME,
    home: cluster.home,
    runDirectory: join("/run/dingi", NAME),
    clock: systemClock,
    logger: silentLogger,
  });
  for (const { name, index } of config.nodes) {
    const identity = { name: `kubelet-${name}`, user: `system:node:${name}`, groups: ["system:nodes"] };
    const node: NodeFacts = {
      name,
      address: machine.state.nodes[name]!.address,
      directory: machine.nodeDirectory(name),
      pods: config.pods,
      podCidr: podCidrOf(config.pods, index),
      cgroupRoot: join("/dingi", NAME, name),
      resolver: EGRESS_DNS,
      dnsAddress: dnsServiceAddress(config.serviceCidr),
      server: isKubelet
        ? await startFront(place, identity, machineAddress(config.fabric))
        : `https://${apiAddress(config.fabric)}:${API_FABRIC_PORT}`,
      credentials,
    };
    if (isKubelet) createNode(cluster.kubeconfig, node);
    const argv = await (isKubelet ? kubeletArgv(node) : proxyArgv(node));
    await startDetached(machine, name, { argv, log: join(folder, `${name}-${program}.log`) });
  }
}

function createNode(kubeconfig: string, { name, podCidr }: NodeFacts): void {
  const node = { apiVersion: "v1", kind: "Node", metadata: { name }, spec: { podCIDR: podCidr, podCIDRs: [podCidr] } };
  const argv = ["--kubeconfig", kubeconfig, "create", "-f", "-"];
  execFileSync(upstreamProgram("kubectl"), argv, { input: JSON.stringify(node), stdio: ["pipe", "pipe", "pipe"] });
}

const READY_MS = 90_000;

async function untilNodesReady(kubeconfig: string, count: number): Promise<void> {
  const end = systemClock.monotonic() + READY_MS;
  const path = `jsonpath={.items[*].status.conditions[?(@.type=="Ready")].status}`;
  const argv = ["--kubeconfig", kubeconfig, "get", "nodes", "-o", path];
  while (systemClock.monotonic() < end) {
    const text = execFileSync(upstreamProgram("kubectl"), argv, { encoding: "utf8" });
    if ((text.match(/True/g)?.length ?? 0) === count) return;
    await systemClock.sleep(500);
  }
  throw new Error(`The nodes did not become ready within ${READY_MS / 1000} s`);
}
