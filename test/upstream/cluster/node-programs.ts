import { writeFile } from "node:fs/promises";
import { join } from "node:path";
import { upstreamProgram } from "../versions.ts";
import type { Credentials } from "./credentials.ts";

export interface NodeFacts {
  readonly name: string;
  readonly address: string;
  /** "/dingi/NAME/NODE" */
  readonly cgroupRoot: string;
  /** For its configuration files. */
  readonly directory: string;
  readonly resolver: string;
  readonly dnsAddress: string;
  readonly pods: string;
  readonly podCidr: string;
  /** "https://198.18.0.2:6443" */
  readonly server: string;
  readonly credentials: Credentials;
}

/** Writes the kubelet's configuration and credentials; returns its command line. */
export async function kubeletArgv(node: NodeFacts): Promise<readonly string[]> {
  const { name, address, credentials, directory } = node;
  // Our API server knows a kubelet by its node's name.
  const serves = { address, dnsNames: [name] };
  const identity = { name: `kubelet-${name}`, user: `system:node:${name}`, groups: ["system:nodes"], ...serves };
  const kubeconfig = await credentials.kubeconfig(identity, node.server);
  const resolvConf = join(directory, "upstream-resolv.conf");
  await writeFile(resolvConf, `nameserver ${node.resolver}\n`);
  const config = {
    apiVersion: "kubelet.config.k8s.io/v1beta1",
    kind: "KubeletConfiguration",
    failCgroupV1: false,
    cgroupDriver: "cgroupfs",
    // One for each node, or all kubelets of the machine would own the same pods.
    cgroupRoot: node.cgroupRoot,
    containerRuntimeEndpoint: "unix:///run/containerd/containerd.sock",
    authentication: {
      anonymous: { enabled: false },
      webhook: { enabled: true },
      x509: { clientCAFile: credentials.path("ca.crt") },
    },
    authorization: { mode: "Webhook" },
    tlsCertFile: credentials.path(`${identity.name}.crt`),
    tlsPrivateKeyFile: credentials.path(`${identity.name}.key`),
    clusterDNS: [node.dnsAddress],
    clusterDomain: "cluster.local",
    resolvConf,
    // What may be opened here may be less than the kubelet's default.
    maxOpenFiles: 20000,
    volumePluginDir: join(directory, "volume-plugins"),
    // The machine's disk is shared by all nodes, and by everything else.
    evictionHard: { "memory.available": "100Mi", "nodefs.available": "1%", "imagefs.available": "1%" },
    imageGCHighThresholdPercent: 100,
  };
  const path = join(directory, "upstream-kubelet.json");
  await writeFile(path, JSON.stringify(config));
  return [
    upstreamProgram("kubelet"),
    `--config=${path}`,
    `--kubeconfig=${kubeconfig}`,
    `--hostname-override=${name}`,
    `--node-ip=${address}`,
  ];
}

/** The same for kube-proxy. */
export async function proxyArgv({ name, directory, pods, server, credentials }: NodeFacts): Promise<readonly string[]> {
  const kubeconfig = await credentials.kubeconfig({ name: "kube-proxy", user: "system:kube-proxy" }, server);
  const config = {
    apiVersion: "kubeproxy.config.k8s.io/v1alpha1",
    kind: "KubeProxyConfiguration",
    clientConnection: { kubeconfig },
    mode: "nftables",
    clusterCIDR: pods,
    hostnameOverride: name,
    // These belong to the machine, not to the node's network namespace.
    conntrack: { maxPerCore: 0, min: 0, tcpEstablishedTimeout: "0s", tcpCloseWaitTimeout: "0s" },
  };
  const path = join(directory, "upstream-proxy.json");
  await writeFile(path, JSON.stringify(config));
  return [upstreamProgram("kube-proxy"), `--config=${path}`];
}
