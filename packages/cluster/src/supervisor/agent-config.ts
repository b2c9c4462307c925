import type { AgentCertificates } from "../agent/agent-certificates.ts";
import type { AgentConfig } from "../agent/agent.ts";
import type { ClusterConfig, NodeConfig } from "../config/cluster-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import {
  API_FABRIC_PORT,
  apiAddress,
  dnsServiceAddress,
  nodeAddress,
  simulatedNodeAddress,
} from "../machine/addresses.ts";
import { EGRESS_DNS, podCidrOf } from "../machine/networks.ts";

const KUBELET_PORT = 10250;
/** The first descriptor after the standard streams. */
export const HEARTBEAT_FD = 3;

/** Where the others reach a node. */
export function addressOf({ runtime, fabric }: ClusterConfig, { index }: NodeConfig): string {
  return runtime === "simulated" ? simulatedNodeAddress(fabric, index) : nodeAddress(fabric, index);
}

interface AgentsCluster {
  readonly paths: ClusterPaths;
  readonly config: ClusterConfig;
  readonly certificates: AgentCertificates;
}

/** What a node's agent is told. */
export function agentConfigOf(node: NodeConfig, { paths, config, certificates }: AgentsCluster): AgentConfig {
  const { runtime, fabric, pods, serviceCidr, clusterDomain, apiPort } = config;
  const simulated = runtime === "simulated";
  const nodeIp = addressOf(config, node);
  return {
    clusterName: paths.name,
    nodeName: node.name,
    runtime,
    server: simulated ? `https://127.0.0.1:${apiPort}` : `https://${apiAddress(fabric)}:${API_FABRIC_PORT}`,
    certificates,
    nodeIp,
    kubeletPort: KUBELET_PORT,
    podCidr: podCidrOf(pods, node.index),
    clusterCidr: pods,
    serviceCidr,
    clusterDns: dnsServiceAddress(serviceCidr),
    clusterDomain,
    upstreamDns: simulated ? [] : [`${EGRESS_DNS}:53`],
    labels: {},
    disabled: config.disabled ?? [],
    heartbeatFd: HEARTBEAT_FD,
  };
}
