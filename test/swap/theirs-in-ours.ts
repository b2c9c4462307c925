import { execFileSync } from "node:child_process";
import { readFile } from "node:fs/promises";
import { join } from "node:path";
import { silentLogger, systemClock } from "@dingi/base";
import { readConfig } from "../../packages/cluster/src/config/cluster-config.ts";
import { API_FABRIC_PORT, apiAddress, dnsServiceAddress } from "../../packages/cluster/src/machine/addresses.ts";
import { Machine } from "../../packages/cluster/src/machine/machine.ts";
import { EGRESS_DNS, podCidrOf } from "../../packages/cluster/src/machine/networks.ts";
import { startOurs, type Target } from "../conformance/target.ts";
import { controllerManagerArgv, schedulerArgv } from "../upstream/cluster/control-plane.ts";
import { Credentials } from "../upstream/cluster/credentials.ts";
import { kubeletArgv, proxyArgv, type NodeFacts } from "../upstream/cluster/node-programs.ts";
import { startDetached } from "../upstream/cluster/detached.ts";
import { upstreamProgram } from "../upstream/versions.ts";
import { absentControllers, controllersFlag } from "./absent-controllers.ts";
import { AbsentKinds } from "./absent-kinds.ts";
import { Child } from "./child.ts";
import type { SwapComponent } from "./components.ts";

const NAME = `swapped-${process.pid}`;

/** Our cluster with one of upstream's programs in place of ours. */
export async function theirsInOurs({ program, ours: part }: SwapComponent, folder: string): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const options = { runtime: "containerd", store: "sqlite", nodes: 2, name: NAME } as const;
  const cluster = stack.use(await startOurs({ ...options, ...(part === undefined ? {} : { disable: [part] }) }));
  const config = (await readConfig(join(cluster.home, "cluster.json")))!;
  const credentials = new Credentials(join(cluster.home, "pki"));
  const server = `https://127.0.0.1:${config.apiPort}`;
  const log = join(folder, `${program}.log`);
  const front = async (name: string) => {
    const { certificatePem, keyPem } = await credentials.issue({ name, user: `system:${name}` });
    const ca = await readFile(credentials.path("ca.crt"), "utf8");
    const kinds = stack.use(await AbsentKinds.before({ url: server, ca, cert: certificatePem, key: keyPem }));
    stack.defer(() => {
      if (kinds.absent.length > 0)
        console.log(`Shown to ${name} as empty, since not served: ${kinds.absent.join(", ")}`);
    });
    return await credentials.kubeconfig({ name, user: `system:${name}` }, kinds.url);
  };
  if (program === "scheduler") stack.use(new Child(schedulerArgv(await front("kube-scheduler")), log));
  else if (program === "controller-manager") {
    const facts = { pods: config.pods, services: config.serviceCidr, credentials };
    const absent = absentControllers();
    for (const { name, kind } of absent) console.log(`Switched off: ${name}, since dingi has no ${kind}`);
    const argv = controllerManagerArgv(await front("kube-controller-manager"), facts);
    stack.use(new Child([...argv, controllersFlag(absent)], log));
  } else if (program === "kubelet" || program === "kube-proxy") {
    const machine = await Machine.open({
      name: NAME,
      home: cluster.home,
      runDirectory: join("/run/dingi", NAME),
      clock: systemClock,
      logger: silentLogger,
    });
    for (const { name, index } of config.nodes) {
      const { address } = machine.state.nodes[name]!;
      const node: NodeFacts = {
        name,
        address,
        directory: machine.nodeDirectory(name),
        pods: config.pods,
        podCidr: podCidrOf(config.pods, index),
        cgroupRoot: join("/dingi", NAME, name),
        resolver: EGRESS_DNS,
        dnsAddress: dnsServiceAddress(config.serviceCidr),
        server: `https://${apiAddress(config.fabric)}:${API_FABRIC_PORT}`,
        credentials,
      };
      if (program === "kubelet") createNode(cluster.kubeconfig, node);
      const argv = program === "kubelet" ? await kubeletArgv(node) : await proxyArgv(node);
      await startDetached(machine, name, { argv, log: join(folder, `${name}-${program}.log`) });
    }
  }
  if (part !== undefined) await untilNodesReady(cluster.kubeconfig, config.nodes.length);
  const owned = stack.move();
  return {
    kubeconfig: cluster.kubeconfig,
    description: cluster.description,
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
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
