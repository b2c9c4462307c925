import type { Client } from "@dingi/client";
import type { ClusterPaths } from "../config/paths.ts";
import { supervisorStatus } from "../supervisor/control-socket.ts";
import type { Part } from "../supervisor/status.ts";
import { readyNodes } from "./node-readiness.ts";
import { HopelessError, until } from "./until.ts";

/** After so many ends without serving in between, one more try is not waited for. */
const HOPELESS_FAILURES = 3;

export async function untilApiAnswers(paths: ClusterPaths, client: Client): Promise<void> {
  await until("The API server", async () => {
    const parts = (await supervisorStatus(paths.socket))?.processes ?? [];
    const problem = problemOf(parts.find(({ role }) => role === "control-plane"));
    if (problem) throw new HopelessError(problem);
    await using _ready = await client.stream({ method: "GET", path: "/readyz", query: new URLSearchParams() });
    return true;
  });
}

/** Until the kubelets that run now have said that their nodes are ready. */
export async function untilNodesReady(paths: ClusterPaths, client: Client, names: readonly string[]): Promise<void> {
  await until("The nodes", async () => {
    const parts = (await supervisorStatus(paths.socket))?.processes ?? [];
    const agents = parts.filter(({ role, node }) => role === "agent" && names.includes(node));
    const problem = agents.map(problemOf).find((one) => one !== undefined);
    if (problem) throw new HopelessError(problem);
    const ready = await readyNodes(client, agents);
    return names.every((name) => ready.has(name));
  });
}

/** Why a part does not come to serve; undefined while it may. */
export function problemOf(part: Part | undefined): string | undefined {
  if (part?.state === "serving" || (part?.failures ?? 0) < HOPELESS_FAILURES) return undefined;
  const { role, node, failures, reason } = part!;
  return `${node === "" ? "The control plane" : `The ${role} of node "${node}"`} ended ${failures} times without serving. ${reason}`;
}
