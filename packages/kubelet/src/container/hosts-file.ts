import type { V1Pod } from "@dingi/api";
import { podFullName, podHostname } from "./sandbox-config.ts";

/** The pod's /etc/hosts. Upstream: pkg/kubelet/kubelet_pods.go#managedHostsFileContent */
export function hostsFile(pod: V1Pod, podIps: readonly string[], clusterDomain: string): string {
  const lines = [
    "# Kubernetes-managed hosts file.",
    "127.0.0.1\tlocalhost",
    "::1\tlocalhost ip6-localhost ip6-loopback",
    "fe00::0\tip6-localnet",
    "fe00::0\tip6-mcastprefix",
    "fe00::1\tip6-allnodes",
    "fe00::2\tip6-allrouters",
  ];
  const full = podFullName(pod, clusterDomain);
  for (const ip of podIps) lines.push(full ? `${ip}\t${full}\t${podHostname(pod)}` : `${ip}\t${podHostname(pod)}`);
  return `${lines.join("\n")}\n${aliases(pod)}`;
}

/** Of a pod on the node's network: the node's own, and the pod's aliases. Upstream: pkg/kubelet/kubelet_pods.go#nodeHostsFileContent */
export function nodeHostsFile(pod: V1Pod, ofNode: string): string {
  return `# Kubernetes-managed hosts file (host network).\n${ofNode}${aliases(pod)}`;
}

function aliases(pod: V1Pod): string {
  const entries = pod.spec.hostAliases ?? [];
  if (entries.length === 0) return "";
  const lines = entries.map(({ ip, hostnames }) => `${ip}\t${(hostnames ?? []).join("\t")}`);
  return `\n# Entries added by HostAliases.\n${lines.join("\n")}\n`;
}
