import { readFile } from "node:fs/promises";
import { Deployment, Service, type V1Deployment, type V1Service } from "@dingi/api";
import { splitYamlDocuments, yamlToJsonValue, type KubeObject } from "@dingi/apimachinery";
import { systemClock } from "@dingi/base";
import { readConfig } from "../config/cluster-config.ts";
import { dnsServiceAddress } from "../machine/addresses.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { run } from "../machine/command.ts";
import { entering } from "../machine/enter.ts";
import { supervisorStatus } from "../supervisor/control-socket.ts";
import { adminClient } from "./admin-client.ts";

const WAIT_MS = 90_000;
const POLL_MS = 100;

/** Runs in a node's network: asks until it is answered or the time is over. Arguments: kind, target, server, milliseconds. */
const PROBE = `
const [kind, target, server, limit] = process.argv.slice(1);
const resolver = new (await import("node:dns")).promises.Resolver({ timeout: 500, tries: 1 });
if (server) resolver.setServers([server]);
const end = performance.now() + Number(limit);
let last = "";
while (performance.now() < end) {
  try {
    if (kind === "dns") await resolver.resolve4(target);
    else if (!(await fetch(target, { signal: AbortSignal.timeout(1000) })).ok) throw new Error("not ok");
    process.exit(0);
  } catch (error) {
    last = String(error.cause ?? error);
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
console.error(last);
process.exit(1);
`;

type NodeCheck = { readonly dns: string } | { readonly file: string };

/** Whether names and Services answer where pods live: in a node's network. */
export async function checkFromNode(paths: ClusterPaths, check: NodeCheck): Promise<void> {
  const config = await readConfig(paths.config);
  if (!config) throw new Error(`There is no cluster "${paths.name}"`);
  if ("dns" in check)
    return await untilResolved(await agentPid(paths), check.dns, dnsServiceAddress(config.serviceCidr));
  await using client = await adminClient(paths, config);
  const objects = await objectsIn(check.file);
  for (const { metadata } of objects.filter(({ kind }) => kind === "Deployment")) {
    await untilAvailable(
      async () =>
        await client.get(Deployment, { namespace: metadata.namespace ?? "default", name: metadata.name ?? "" }),
    );
  }
  for (const wanted of objects.filter(({ kind }) => kind === "Service") as V1Service[]) {
    const service = await client.get(Service, {
      namespace: wanted.metadata.namespace ?? "default",
      name: wanted.metadata.name ?? "",
    });
    const port = service.spec.ports?.find(({ protocol }) => (protocol ?? "TCP") === "TCP")?.port;
    if (service.spec.clusterIP && service.spec.clusterIP !== "None" && port)
      await probe(await agentPid(paths), "http", `http://${service.spec.clusterIP}:${port}/`);
  }
}

async function objectsIn(file: string): Promise<KubeObject[]> {
  const texts = splitYamlDocuments(await readFile(file, "utf8"));
  return texts
    .map((text) => yamlToJsonValue(text).value as KubeObject)
    .filter((value) => value !== null && typeof value === "object");
}

async function untilAvailable(get: () => Promise<V1Deployment>): Promise<void> {
  const deadline = systemClock.monotonic() + WAIT_MS;
  for (;;) {
    const { metadata, spec, status } = await get();
    if (
      (status.observedGeneration ?? 0) >= (metadata.generation ?? 0) &&
      (status.availableReplicas ?? 0) >= (spec.replicas ?? 1)
    )
      return;
    if (systemClock.monotonic() > deadline)
      throw new Error(
        `Deployment "${metadata.name}" has ${status.availableReplicas ?? 0} of ${spec.replicas} replicas after ${WAIT_MS / 1000} s; see dingi kubectl describe pods`,
      );
    await systemClock.sleep(POLL_MS);
  }
}

async function agentPid(paths: ClusterPaths): Promise<number> {
  const status = await supervisorStatus(paths.socket);
  const agent = status?.processes.find(({ role, pid }) => role === "agent" && pid > 0);
  if (!agent) throw new Error("No node runs yet: see dingi status");
  return agent.pid;
}

/** Asks the server, from the network of the process `pid`, until it knows an address of the name. */
export async function untilResolved(pid: number, name: string, server: string): Promise<void> {
  await probe(pid, "dns", name, server);
}

async function probe(pid: number, kind: "dns" | "http", target: string, server = ""): Promise<void> {
  const argv = [process.execPath, "--input-type=module", "-e", PROBE, kind, target, server, String(WAIT_MS)];
  await run(entering(pid, argv, "net"), { timeoutMs: WAIT_MS + 10_000 });
}
