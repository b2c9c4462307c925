import { realpath } from "node:fs/promises";
import { join } from "node:path";
import { apiAddress, nodeAddress } from "./addresses.ts";
import { ensureCgroup, procsFiles, removeCgroup } from "./cgroups.ts";
import { writeCniConfig } from "./cni.ts";
import { quoted, run } from "./command.ts";
import { joinCgroup, runScript } from "./enter.ts";
import { BRIDGE, macAddress } from "./fabric.ts";
import { clusterCgroup, type MachineContext, systemCgroup } from "./machine-context.ts";
import { createNamespaces } from "./namespaces.ts";
import { directoriesOf, ensureNodeDirectories, STANDARD_PATHS, VOLATILE_PATHS } from "./node-directories.ts";
import { isAlive, isSameProcess, killProcess } from "./process-identity.ts";
import type { FabricState, NodeState } from "./run-state.ts";

export interface NodeSpec {
  readonly name: string;
  /** From 1; decides its address and its links' names. */
  readonly index: number;
  /** A /24. */
  readonly podCidr: string;
  /** Where the machine has its CNI plugins. */
  readonly cniPlugins: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * A node's namespaces, mounts, cgroup, CNI configuration and link to the fabric. Adopts a node that is up, with its pods; one
 * whose fabric was made anew only gets a new link.
 */
export async function ensureNode(context: MachineContext, fabric: FabricState, spec: NodeSpec): Promise<NodeState> {
  const known = context.state.node(spec.name);
  const address = nodeAddress(fabric.subnet, spec.index);
  const same = known?.ready && known.address === address && known.podCidr === spec.podCidr;
  if (known && !(same && (await isAlive(known.init)))) await killNode(context, spec.name);
  const node = context.state.node(spec.name) ?? (await createNode(context, { ...spec, address }));
  return attach(context, fabric, { name: spec.name, node, signal: spec.signal });
}

async function createNode(context: MachineContext, spec: NodeSpec & { readonly address: string }): Promise<NodeState> {
  const { name, index, address, podCidr } = spec;
  const cgroup = systemCgroup(context, name);
  await ensureCgroup(context.cgroups, cgroup);
  const directories = await ensureNodeDirectories(context, name, spec);
  await writeCniConfig(directories.cniConfig, podCidr);
  const setUp = [joinCgroup(procsFiles(context.cgroups, cgroup)), await mountScript(context, name), SYSCTL_SCRIPT].join(
    "\n",
  );
  const flags = ["--net", "--mount", "--uts", "--ipc", "--propagation", "slave"];
  const init = await createNamespaces({ flags, setUp, signal: spec.signal });
  const node = { init, index, address, podCidr, ready: true };
  await context.state.setNode(name, node);
  return node;
}

/** Ends all its processes, pods included. Its files stay. */
export async function killNode(context: MachineContext, name: string): Promise<void> {
  const node = context.state.node(name);
  if (node) {
    await killProcess(node.init, context.clock);
    await unlink(context, node);
  }
  await removeCgroup(context.cgroups, join(clusterCgroup(context), name), context.clock);
  await context.state.setNode(name, undefined);
}

/**
 * The mounts of a node. Slaves at first, so that they stay in; shared at the end, so that a pod's mounts can go both ways
 * between it and the node. The machine's own mounts and unmounts keep coming in.
 */
async function mountScript(context: MachineContext, name: string): Promise<string> {
  const { root, resolvConf } = directoriesOf(context, name);
  const run = quoted(context.runDirectory);
  const aside = quoted(join(root, "run"));
  const resolver = quoted(await realpath("/etc/resolv.conf").catch(() => "/etc/resolv.conf"));
  return `
hostname ${quoted(name)}
mount -t proc proc /proc
mount --bind ${run} ${aside}
mount -t tmpfs -o mode=755 tmpfs /run
mkdir -p /run/lock /run/containerd ${run}
mount --move ${aside} ${run}
mkdir -p "$(dirname ${resolver})"
[ -e ${resolver} ] || : > ${resolver}
mount --bind ${quoted(resolvConf)} ${resolver}
${Object.entries(STANDARD_PATHS)
  .map(([path, part]) => `mount --bind ${quoted(join(root, part))} ${path}`)
  .join("\n")}
${VOLATILE_PATHS.map((path) => `mount -t tmpfs -o mode=755 tmpfs ${path}`).join("\n")}
if [ -e /sys/fs/cgroup/unified/cgroup.procs ]; then umount /sys/fs/cgroup/unified; fi
mount --make-rshared /`;
}

/** All of these belong to the node's network namespace. */
const SYSCTL_SCRIPT = `
cd /proc/sys/net/ipv4
echo 1 > ip_forward
echo 0 > conf/all/rp_filter; echo 0 > conf/default/rp_filter
cd /`;

interface Attachment {
  readonly name: string;
  readonly node: NodeState;
  readonly signal?: AbortSignal | undefined;
}

async function attach(
  context: MachineContext,
  fabric: FabricState,
  { name, node, signal }: Attachment,
): Promise<NodeState> {
  const { init } = fabric;
  if (isSameProcess(node.attachedTo, init)) return node;
  const link = linkOf(node.index);
  const mac = macAddress(node.address);
  const inFabric = `
ip link delete ${link} 2>/dev/null || true
ip link add ${link} type veth peer name eth0 address ${mac} netns ${node.init.pid}
ip link set ${link} master ${BRIDGE} up`;
  // A fabric that has ended keeps its links while somebody holds a socket in it.
  await runScript(node.init.pid, "ip link delete eth0 2>/dev/null || true", { signal });
  await runScript(init.pid, inFabric, { signal });
  const inNode = [
    "link set lo up",
    `address add ${node.address}/24 dev eth0`,
    "link set eth0 up",
    `route replace default via ${apiAddress(fabric.subnet)} dev eth0`,
  ];
  await runScript(node.init.pid, "ip -batch -", { input: inNode.join("\n"), signal });
  await routePods(context, fabric, { name, node, signal });
  const attached = { ...node, attachedTo: init };
  await context.state.setNode(name, attached);
  return attached;
}

/** Its pods are reached from the fabric, from the machine and, without a detour, from the other nodes; and they from it. */
async function routePods(
  context: MachineContext,
  fabric: FabricState,
  { name, node, signal }: Attachment,
): Promise<void> {
  const route = (to: NodeState, device: string) => `route replace ${to.podCidr} via ${to.address} dev ${device}`;
  const others = Object.entries(context.state.state.nodes).flatMap(([other, state]) => (other === name ? [] : [state]));
  const fromHere = others.map((other) => route(other, "eth0")).join("\n");
  await Promise.all([
    runScript(fabric.init.pid, `ip ${route(node, BRIDGE)}`, { signal }),
    run(["ip", ...route(node, fabric.link).split(" ")], { signal }),
    runScript(node.init.pid, "ip -batch -", { input: fromHere, signal }),
    // One that is down just now learns of it when it is attached.
    ...others.map((other) => runScript(other.init.pid, `ip ${route(node, "eth0")}`, { signal }).catch(() => {})),
  ]);
}

async function unlink(context: MachineContext, node: NodeState): Promise<void> {
  const { fabric } = context.state.state;
  if (!fabric || !(await isAlive(fabric.init))) return;
  // The link goes with the node's namespace, but later; a new one wants the name now.
  await runScript(
    fabric.init.pid,
    `ip link delete ${linkOf(node.index)} || true; ip route delete ${node.podCidr} || true`,
  );
  await run(["ip", "route", "delete", node.podCidr, "dev", fabric.link]).catch(() => {});
}

function linkOf(index: number): string {
  return `node-${index}`;
}
