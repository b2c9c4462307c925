import { Node } from "@dingi/api";
import { ignoreNotFound } from "@dingi/apimachinery";
import type { NodeConfig } from "../config/cluster-config.ts";
import { callSupervisor } from "../supervisor/control-socket.ts";
import { adminClient } from "./admin-client.ts";
import { nameOption, openCluster } from "./context.ts";
import { untilNodesReady } from "./wait-for-cluster.ts";

function notRunning(name: string): Error {
  return new Error(`Cluster "${name}" does not run: start it with dingi up${nameOption(name)}`);
}

export async function listNodes(name: string): Promise<void> {
  const { config } = await openCluster(name);
  for (const node of config.nodes) process.stdout.write(`${node.name}\n`);
}

export async function addNode(name: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  const node = await callSupervisor<NodeConfig>(paths.socket, "POST /nodes");
  if (!node) throw notRunning(name);
  if (config.disabled?.includes("kubelet") || config.disabled?.includes("controller-manager"))
    return void process.stdout.write(`Node "${node.name}" is added\n`);
  await using client = await adminClient(paths, config);
  await untilNodesReady(paths, client, [node.name]);
  process.stdout.write(`Node "${node.name}" is added and ready\n`);
}

export async function removeNode(name: string, node: string): Promise<void> {
  const { paths, config } = await openCluster(name);
  if ((await callSupervisor(paths.socket, `DELETE /nodes/${encodeURIComponent(node)}`)) === undefined)
    throw notRunning(name);
  await using client = await adminClient(paths, config);
  await client.delete(Node, { namespace: "", name: node }).catch(ignoreNotFound);
  process.stdout.write(`Node "${node}" is removed\n`);
}
