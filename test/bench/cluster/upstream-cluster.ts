import { UpstreamCluster } from "../../upstream/cluster/upstream-cluster.ts";
import type { MeasuredCluster } from "./cluster.ts";

/** etcd, upstream's control plane, its kubelet and kube-proxy in such a node as dingi's, and CoreDNS. */
export async function startUpstreamCluster(): Promise<MeasuredCluster> {
  const cluster = await UpstreamCluster.start({ name: "bench-upstream", nodes: 1, unfinished: true, unlimited: true });
  const [node] = cluster.nodes;
  return {
    name: "upstream",
    kubeconfig: cluster.kubeconfig,
    nodePid: cluster.machine.state.nodes[node!.name]!.init.pid,
    dnsAddress: node!.dnsAddress,
    [Symbol.asyncDispose]: () => cluster[Symbol.asyncDispose](),
  };
}
