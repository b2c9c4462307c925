import { join } from "node:path";
import { readFile } from "node:fs/promises";
import { EventRecorder, Informers, type Client } from "@dingi/client";
import { connectContainerd, simulateRuntime, untilReady, type ContainerRuntime } from "@dingi/cri";
import { runDns } from "@dingi/dns";
import { Kubelet, KubeletServer, LinuxHost, LocalVolumes, SimulatedHost, type Host } from "@dingi/kubelet";
import { runProxy } from "@dingi/proxy";
import { GIT_VERSION } from "@dingi/component-base";
import { aborted, systemClock, systemRandom, type Logger } from "@dingi/base";
import { BASE_IMAGES } from "../image/base-images.ts";
import type { PartName } from "../config/cluster-config.ts";
import type { AgentCertificates, LiveCertificates } from "./agent-certificates.ts";

/** All that an agent needs to know; handed over as a line of JSON when it is started. Certificates may follow, a line each time. */
export interface AgentConfig {
  readonly clusterName: string;
  readonly nodeName: string;
  readonly runtime: "containerd" | "simulated";
  /** "https://198.18.0.2:6443" */
  readonly server: string;
  readonly certificates: AgentCertificates;
  readonly nodeIp: string;
  readonly kubeletPort: number;
  readonly podCidr: string;
  readonly clusterCidr: string;
  readonly serviceCidr: string;
  readonly clusterDns: string;
  readonly clusterDomain: string;
  /** Resolvers for names outside the cluster: "198.19.255.3:53". */
  readonly upstreamDns: readonly string[];
  readonly labels: Readonly<Record<string, string>>;
  /** What others do on this node. */
  readonly disabled?: readonly PartName[];
  /** A descriptor on which it shows that it lives. */
  readonly heartbeatFd?: number;
}

const MANIFESTS = "/etc/kubernetes/manifests";
const KUBELET_ROOT = "/var/lib/kubelet";
const CONTAINERD_SOCKET = "/run/containerd/containerd.sock";
const RUNTIME_WAIT_MS = 30_000;
const MAX_PODS = 110;
const MIB = 1024 ** 2;

interface Agent {
  readonly config: AgentConfig;
  readonly certificates: LiveCertificates;
  readonly logger: Logger;
}

/** The node's one process: kubelet, service proxy and DNS. Runs until the signal aborts. */
export async function runAgent(agent: Agent, signal: AbortSignal): Promise<void> {
  const { disabled = [], runtime } = agent.config;
  await Promise.all([
    disabled.includes("kubelet") ? aborted(signal) : runKubelet(agent, signal),
    ...(runtime === "containerd" ? [runNetwork(agent, signal)] : []),
  ]);
}

async function runKubelet({ config, certificates, logger }: Agent, signal: AbortSignal): Promise<void> {
  const [clock, random] = [systemClock, systemRandom];
  const common = { clock, random, logger };
  const client = certificates.client(config.server, "kubelet", ({ kubeletClient }) => kubeletClient);
  await using node = machineOf(config, client);
  const host = await node.host();
  if (config.runtime === "containerd")
    await untilReady(node.cri.runtime, { clock, timeoutMs: RUNTIME_WAIT_MS, signal });
  const events = new EventRecorder({ ...common, client: node.client, component: "kubelet", host: config.nodeName });
  const kubelet = await Kubelet.create({
    ...common,
    logger: logger.with({ component: "kubelet" }),
    client: node.client,
    cri: node.cri,
    host,
    events,
    node: {
      name: config.nodeName,
      internalIp: config.nodeIp,
      kubeletPort: config.kubeletPort,
      maxPods: MAX_PODS,
      kubeletVersion: GIT_VERSION,
      labels: config.labels,
      taints: [],
      podCidr: config.podCidr,
      // The simulated runtime speaks WebSocket and no SPDY; containerd speaks SPDY, and only older WebSocket protocols.
      ...(config.runtime === "simulated" ? { declaredFeatures: ["ExtendWebSocketsToKubelet"] } : {}),
    },
    dns: { clusterDns: [config.clusterDns], clusterDomain: config.clusterDomain, node: await nodeResolver() },
    cgroupRoot: `/dingi/${config.clusterName}/${config.nodeName}`,
    rootDirectory: KUBELET_ROOT,
    // Without a mount of its own there are the machine's pods, which are none of ours.
    staticPodPath: (await host.isMounted(MANIFESTS)) ? MANIFESTS : undefined,
    imagesToKeep: BASE_IMAGES,
  });
  const { ca, kubeletServer } = certificates.current;
  await using server = new KubeletServer({
    kubelet,
    client: node.client,
    clock,
    logger: logger.with({ component: "kubelet" }),
    nodeName: config.nodeName,
    cert: kubeletServer.certificatePem,
    key: kubeletServer.keyPem,
    clientCa: ca,
  });
  certificates.onRenewal((next) =>
    server.setCertificate(next.kubeletServer.certificatePem, next.kubeletServer.keyPem, next.ca),
  );
  await server.listen(config.nodeIp, config.kubeletPort);
  await using volumesClient = certificates.client(
    config.server,
    "kubelet",
    ({ localVolumesClient }) => localVolumesClient,
  );
  const localVolumes = new LocalVolumes({
    ...common,
    logger: logger.with({ component: "local-volumes" }),
    client: volumesClient,
    host,
    nodeName: config.nodeName,
    rootDirectory: KUBELET_ROOT,
  });
  await Promise.all([kubelet.run(signal), localVolumes.run(signal)]);
}

async function runNetwork({ config, certificates, logger }: Agent, signal: AbortSignal): Promise<void> {
  const client = certificates.client(config.server, "kube-proxy", ({ proxyClient }) => proxyClient);
  const common = { clock: systemClock, random: systemRandom };
  await using informers = new Informers({ ...common, client, logger });
  const dnsClient = certificates.client(config.server, "dns", (own) => own.dnsClient);
  await using dnsInformers = new Informers({ ...common, client: dnsClient, logger });
  const { disabled = [], nodeName, nodeIp, clusterCidr, podCidr, serviceCidr, clusterDomain } = config;
  const proxy = () =>
    runProxy(
      {
        ...common,
        informers,
        logger: logger.with({ component: "proxy" }),
        nodeName,
        nodeIp,
        clusterCidr,
        podCidr,
        serviceCidr,
      },
      signal,
    );
  const dns = () =>
    runDns(
      {
        informers: dnsInformers,
        clock: systemClock,
        logger: logger.with({ component: "dns" }),
        clusterDomain,
        listen: [{ address: nodeIp, port: 53 }],
        upstreams: () => config.upstreamDns,
      },
      signal,
    );
  await Promise.all([
    disabled.includes("proxy") ? aborted(signal) : proxy(),
    disabled.includes("dns") ? aborted(signal) : dns(),
  ]);
}

interface NodeMachine extends AsyncDisposable {
  readonly client: Client;
  readonly cri: ContainerRuntime;
  host(): Promise<Host>;
}

function machineOf(config: AgentConfig, client: Client): NodeMachine {
  const clock = systemClock;
  const logs = new Map<string, Uint8Array[]>();
  const simulated = config.runtime === "simulated";
  const writeLog = (path: string, line: string) =>
    void logs.set(path, [...(logs.get(path) ?? []).slice(-1000), Buffer.from(line)]);
  const cri = simulated
    ? simulateRuntime({ clock, random: systemRandom, podCidr: config.podCidr, writeLog })
    : connectContainerd({ socket: CONTAINERD_SOCKET, clock });
  return {
    client,
    cri,
    host: async () => {
      if (!simulated) return await LinuxHost.open({ clock, rootDirectory: KUBELET_ROOT });
      const readLog = (path: string) => (logs.has(path) ? Buffer.concat(logs.get(path)!) : undefined);
      return new SimulatedHost({ clock, name: config.nodeName, fsBytes: 100 * 1024 * MIB, readLog });
    },
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await cri[Symbol.asyncDispose]();
    },
  };
}

async function nodeResolver(): Promise<{ servers: string[]; searches: string[]; options: string[] }> {
  const text = await readFile(join("/etc", "resolv.conf"), "utf8").catch(() => "");
  const values = (keyword: string) =>
    text
      .split("\n")
      .filter((line) => line.startsWith(`${keyword} `))
      .flatMap((line) => line.split(/\s+/).slice(1).filter(Boolean));
  return { servers: values("nameserver"), searches: values("search"), options: values("options") };
}
