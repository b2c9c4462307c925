import { chmod, writeFile } from "node:fs/promises";
import { dirname, join } from "node:path";
import { ensureNodePki } from "../../packages/cluster/src/supervisor/node-pki.ts";
import { readFile } from "node:fs/promises";
import type { AgentConfig } from "../../packages/cluster/src/agent/agent.ts";
import { PARTS, type PartName } from "../../packages/cluster/src/config/cluster-config.ts";
import type { Target } from "../conformance/target.ts";
import { startDetached } from "../upstream/cluster/detached.ts";
import { UpstreamCluster } from "../upstream/cluster/upstream-cluster.ts";
import { Child } from "./child.ts";
import { absentControllers } from "./absent-controllers.ts";
import type { Note, SwapComponent } from "./components.ts";

const ROOT = dirname(dirname(import.meta.dirname));

/** Upstream's cluster with one of our programs in place of its own. */
export async function oursInTheirs(
  { program, upstream: part, ours }: SwapComponent,
  folder: string,
  note: Note,
): Promise<Target> {
  await using stack = new AsyncDisposableStack();
  const without = part === undefined ? [] : [part];
  const cluster = stack.use(
    await UpstreamCluster.start({ nodes: 2, without, unfinished: true, name: `swapped-${process.pid}` }),
  );
  const log = join(folder, `${program}.log`);
  if (program === "controller-manager")
    for (const { name, kind } of absentControllers()) note(`Done by nobody: ${name}, since dingi has no ${kind}`);
  if (program === "scheduler" || program === "controller-manager") {
    const main = join(import.meta.dirname, "our-program.ts");
    stack.use(new Child([process.execPath, main, program, cluster.server, cluster.credentials.directory], log));
  } else if (ours !== undefined) await startAgents(cluster, ours, folder);
  await cluster.finish();
  const owned = stack.move();
  return {
    kubeconfig: cluster.kubeconfig,
    description: "upstream's control plane and nodes",
    [Symbol.asyncDispose]: () => owned.disposeAsync(),
  };
}

async function startAgents(cluster: UpstreamCluster, part: PartName, folder: string): Promise<void> {
  const read = (file: string) => readFile(cluster.credentials.path(file), "utf8");
  const certificatePem = await read("ca.crt");
  const ca = { certificatePem, keyPem: await read("ca.key"), trusted: certificatePem };
  for (const node of cluster.nodes) {
    const { name, address } = node;
    const certificates = await ensureNodePki(cluster.credentials.path(`nodes/${name}`), { ca, name, address });
    const config: AgentConfig = {
      clusterName: cluster.name,
      nodeName: name,
      runtime: "containerd",
      server: cluster.server,
      certificates,
      nodeIp: address,
      kubeletPort: 10250,
      podCidr: node.podCidr,
      clusterCidr: node.pods,
      serviceCidr: cluster.services,
      clusterDns: node.dnsAddress,
      clusterDomain: "cluster.local",
      upstreamDns: [`${node.resolver}:53`],
      labels: {},
      disabled: PARTS.filter((other) => other !== part),
    };
    await startDetached(cluster.machine, name, {
      argv: [process.execPath, join(ROOT, "packages/cluster/src/main.ts"), "internal", "agent"],
      log: join(folder, `${name}-agent.log`),
      input: JSON.stringify(config),
    });
  }
}

/** A program that is our kubectl, for the suite to call. */
export async function ourKubectl(folder: string): Promise<string> {
  const path = join(folder, "kubectl");
  const main = join(import.meta.dirname, "kubectl.ts");
  await writeFile(path, `#!/bin/sh\nexec ${process.execPath} ${main} "$@"\n`);
  await chmod(path, 0o755);
  return path;
}
