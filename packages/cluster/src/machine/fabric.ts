import { existsSync } from "node:fs";
import { readdir, readFile } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { apiAddress, machineAddress } from "./addresses.ts";
import { ensureCgroup, procsFiles } from "./cgroups.ts";
import { run } from "./command.ts";
import { startDaemon } from "./daemon.ts";
import { joinCgroup, runScript } from "./enter.ts";
import { clusterCgroup, type MachineContext } from "./machine-context.ts";
import { createNamespaces } from "./namespaces.ts";
import { EGRESS_CIDR } from "./networks.ts";
import { isAlive, killProcess, type ProcessIdentity } from "./process-identity.ts";
import { type FabricState, RunStateFile } from "./run-state.ts";

const LINK_WAIT_MS = 3_000;
const STEP_MS = 10;
export const BRIDGE = "dingi";

export interface FabricSpec {
  /** A /24, from `chooseNetworks`. */
  readonly subnet: string;
  readonly signal?: AbortSignal | undefined;
}

/**
 * The network of one cluster's nodes: a namespace with a bridge, one veth pair to the machine, and a way out through
 * slirp4netns that leaves the machine's firewall and forwarding alone. Adopts one that is up.
 */
export async function ensureFabric(context: MachineContext, spec: FabricSpec): Promise<FabricState> {
  const known = context.state.state.fabric;
  if (known?.ready && known.subnet === spec.subnet && (await isAlive(known.init))) return ensureEgress(context, known);
  if (known) await removeFabric(context);

  const cgroup = `${clusterCgroup(context)}/fabric`;
  await ensureCgroup(context.cgroups, cgroup);
  const setUp = joinCgroup(procsFiles(context.cgroups, cgroup));
  const init = await createNamespaces({ flags: ["--net"], setUp, signal: spec.signal });
  const link = linkName(spec.subnet);
  const fabric: FabricState = { init, subnet: spec.subnet, link, linked: false, ready: false };
  await context.state.setFabric(fabric);

  const egress = startEgress(context, init);
  egress.catch(() => {}); // Its failure is thrown below; the link's may come first.
  await linkIsFree(context, fabric);
  await linkToMachine(fabric, spec.signal);
  const ready = { ...fabric, egress: await egress, linked: true, ready: true };
  await context.state.setFabric(ready);
  return ready;
}

export async function removeFabric(context: MachineContext): Promise<void> {
  const { fabric } = context.state.state;
  if (!fabric) return;
  if (fabric.linked) await deleteLink(fabric.link);
  await killProcess(fabric.init, context.clock);
  if (fabric.egress) await killProcess(fabric.egress, context.clock);
  await context.state.setFabric(undefined);
}

/** Deterministic, so that nobody's neighbour table is wrong after a link was made anew. `address` lies in a fabric. */
export function macAddress(address: string): string {
  const bytes = [0x02, 0xd1, ...address.split(".").slice(1).map(Number)];
  return [...bytes.slice(0, 4), 0, ...bytes.slice(4)].map((byte) => byte.toString(16).padStart(2, "0")).join(":");
}

/** Never fails: the link may have vanished with its namespace. */
async function deleteLink(link: string): Promise<void> {
  await run(["ip", "link", "delete", link]).catch(() => {});
}

function linkName(subnet: string): string {
  const [, second, third] = subnet.split(".");
  return `dingi-${second}-${third}`;
}

/** The link of a fabric that was killed vanishes after it, which may take the kernel seconds; it is not waited for. */
async function linkIsFree(context: MachineContext, { link, subnet }: FabricState): Promise<void> {
  if (!isThere(link)) return;
  if (await otherUses(context, subnet)) {
    throw new Error(
      `Link "${link}" exists: another cluster of this machine uses "${subnet}"; stop it or choose another network`,
    );
  }
  await deleteLink(link);
  const end = context.clock.monotonic() + LINK_WAIT_MS;
  while (isThere(link)) {
    if (context.clock.monotonic() > end) throw new Error(`Link "${link}" exists and cannot be deleted`);
    await context.clock.sleep(STEP_MS);
  }
}

function isThere(link: string): boolean {
  return existsSync(`/sys/class/net/${link}`);
}

/** Whether another cluster's fabric of that network lives; all clusters' records lie beside each other. */
async function otherUses({ runDirectory }: MachineContext, subnet: string): Promise<boolean> {
  const root = dirname(runDirectory);
  const others = (await readdir(root)).filter((name) => name !== basename(runDirectory));
  for (const other of others) {
    const { state } = await RunStateFile.open(join(root, other, "machine.json"));
    if (state.fabric?.subnet === subnet && (await isAlive(state.fabric.init))) return true;
  }
  return false;
}

async function linkToMachine({ init, subnet, link }: FabricState, signal?: AbortSignal): Promise<void> {
  const machineBatch = [
    `link add ${link} address ${macAddress(machineAddress(subnet))} type veth peer name machine netns ${init.pid}`,
    `address add ${machineAddress(subnet)}/24 dev ${link}`,
    `link set ${link} up`,
  ];
  const fabricBatch = [
    "link set lo up",
    `link add ${BRIDGE} address ${macAddress(apiAddress(subnet))} type bridge`,
    `address add ${apiAddress(subnet)}/24 dev ${BRIDGE}`,
    `link set ${BRIDGE} up`,
    `link set machine master ${BRIDGE} up`,
  ];
  await run(["ip", "-batch", "-"], { input: machineBatch.join("\n"), signal });
  await runScript(init.pid, FABRIC_SCRIPT, { input: fabricBatch.join("\n"), signal });
}

/**
 * What leaves through the egress device has no address that slirp4netns knows, so it is masqueraded. bridge-nf stays out of
 * it: bridged frames are the nodes' own business.
 */
const FABRIC_SCRIPT = `
ip -batch -
cd /proc/sys/net/ipv4
echo 1 > ip_forward
echo 0 > conf/all/rp_filter; echo 0 > conf/default/rp_filter
echo 0 > conf/all/send_redirects; echo 0 > conf/${BRIDGE}/send_redirects
echo 1 > /proc/sys/net/ipv6/conf/${BRIDGE}/disable_ipv6 || true
echo 0 > /proc/sys/net/bridge/bridge-nf-call-iptables || true
nft -f - <<'RULES'
table ip dingi {
  chain egress {
    type nat hook postrouting priority srcnat; policy accept;
    oifname "egress" masquerade
  }
}
RULES
`;

async function ensureEgress(context: MachineContext, fabric: FabricState): Promise<FabricState> {
  if (await isAlive(fabric.egress)) return fabric;
  const mended = { ...fabric, egress: await startEgress(context, fabric.init) };
  await context.state.setFabric(mended);
  return mended;
}

/** It belongs to the fabric's pid namespace, so it ends with it, and to the machine's network, so it reaches the world. */
async function startEgress(context: MachineContext, init: ProcessIdentity): Promise<ProcessIdentity> {
  const flags = ["--configure", "--mtu=65520", "--disable-host-loopback", "--enable-sandbox", `--cidr=${EGRESS_CIDR}`];
  const logFile = join(context.runDirectory, "slirp4netns.log");
  const egress = await startDaemon(init, ["slirp4netns", ...flags, "--ready-fd=3", String(init.pid), "egress"], {
    entry: "pid",
    cgroupProcs: procsFiles(context.cgroups, `${clusterCgroup(context)}/fabric`),
    logFile,
    awaitReadyFd: true,
    clock: context.clock,
  });
  if (egress) return egress;
  throw new Error(`slirp4netns ended at once; it said: ${(await readFile(logFile, "utf8").catch(() => "")).trim()}`);
}
