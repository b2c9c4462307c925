import { systemClock } from "@dingi/base";
import { DINGI_VERSION, GIT_VERSION } from "@dingi/component-base";
import type { Client } from "@dingi/client";
import { Node } from "@dingi/api";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { describeEtcd } from "../config/etcd-config.ts";
import type { ClusterPaths } from "../config/paths.ts";
import { processUsage, type ProcessUsage } from "../supervisor/process-usage.ts";
import type { Part } from "../supervisor/status.ts";
import { adminClient } from "./admin-client.ts";
import { certificatesOf } from "./certificates.ts";
import { openCluster } from "./context.ts";
import { readyNodes, saysReady } from "./node-readiness.ts";
import { supervisorState, type SupervisorState } from "./supervisor-state.ts";

const MIB = 1024 ** 2;
/** What an API server that serves takes for an answer, however busy it is. */
const ANSWER_MS = 5_000;

interface NodeReadiness {
  readonly name: string;
  readonly ready: boolean;
}

type Report = Awaited<ReturnType<typeof reportOf>>;

/** What runs of a cluster, whether it serves, what it uses, and until when its certificates hold. */
export async function status(name: string, output: string | undefined): Promise<void> {
  const { paths, config } = await openCluster(name);
  const report = await reportOf(paths, config);
  process.stdout.write(output === "json" ? `${JSON.stringify(report, null, 2)}\n` : textOf(report, config));
}

async function reportOf(paths: ClusterPaths, config: ClusterConfig) {
  const state = await supervisorState(paths);
  const [processes, certificates, api] = await Promise.all([
    Promise.all(state.processes.map(withUsage)),
    certificatesIn(paths),
    state.phase === "stopped" ? NOT_ASKED : askApi(paths, config, state),
  ]);
  return {
    name: config.name,
    phase: state.phase,
    serves: api.serves,
    problems: problemsOf(state, api),
    processes,
    nodes: api.nodes ?? config.nodes.map((node) => ({ name: node.name, ready: false })),
    versions: { dingi: DINGI_VERSION, kubernetes: GIT_VERSION, node: process.version },
    store: { type: config.store, ...(config.etcd ?? { path: paths.store }) },
    certificates,
  };
}

async function withUsage(part: Part) {
  const usage = await processUsage(part.pid);
  const { pss, rss, cpu } = usage ?? { pss: 0, rss: 0, cpu: 0 };
  return { ...part, state: stateOf(part, usage), memory: { pss, rss }, cpu: Math.round(cpu * 100) / 100 };
}

/** What cannot run cannot serve, whatever it last said. */
function stateOf({ pid, state = "running" }: Part, usage: ProcessUsage | undefined): string {
  if (usage?.stopped) return "stopped";
  return usage || pid === 0 ? state : "ended";
}

async function certificatesIn(paths: ClusterPaths) {
  const certificates = await certificatesOf(paths);
  return certificates.map(({ name, notAfterMs }) => ({ name, notAfter: new Date(notAfterMs).toISOString() }));
}

interface AskedApi {
  readonly serves: boolean;
  /** Why it was not told that it serves. */
  readonly error?: string;
  readonly nodes?: readonly NodeReadiness[];
}

const NOT_ASKED: AskedApi = { serves: false };

/** Asks instead of believing what was noted: who has hung has noted nothing. */
async function askApi(paths: ClusterPaths, config: ClusterConfig, state: SupervisorState): Promise<AskedApi> {
  try {
    await using client = await adminClient(paths, config);
    const signal = systemClock.deadline(ANSWER_MS);
    await using _ready = await client.stream({ method: "GET", path: "/readyz", query: new URLSearchParams(), signal });
    return { serves: true, nodes: await nodeStates(client, config, state) };
  } catch (error) {
    const isLate = (error as Error).name === "TimeoutError";
    return { serves: false, error: isLate ? `nothing came within ${ANSWER_MS / 1000} s` : (error as Error).message };
  }
}

async function nodeStates(
  client: Client,
  { disabled = [] }: ClusterConfig,
  { phase, processes }: SupervisorState,
): Promise<readonly NodeReadiness[]> {
  const [{ items }, ready] = await Promise.all([client.list(Node), readyNodes(client, processes)]);
  // Of kubelets that are others', or nobody tells of, only the API server knows.
  const isReady = (node: (typeof items)[number]) =>
    disabled.includes("kubelet") || phase === "hangs" ? saysReady(node) : ready.has(node.metadata.name ?? "");
  return items.map((node) => ({ name: node.metadata.name ?? "", ready: isReady(node) }));
}

function problemsOf({ phase, problem, steps, processes }: SupervisorState, api: AskedApi): readonly string[] {
  const failed = steps.find(({ error }) => error !== undefined);
  const parts = processes.flatMap(({ role, node, state, failures, reason }) =>
    state === "serving" || !failures ? [] : [`${`${role} ${node}`.trim()} ended ${failures} times. ${reason ?? ""}`],
  );
  return [
    ...(problem ? [problem] : []),
    ...(phase === "failed" && failed ? [`${failed.name}: ${failed.error}`] : []),
    ...parts,
    ...(api.error && parts.length === 0 ? [`The API server does not answer: ${api.error}`] : []),
  ];
}

function textOf(report: Report, config: ClusterConfig): string {
  const { name, phase, serves, problems, processes, nodes, certificates } = report;
  const is = phase === "hangs" ? "has a supervisor that hangs" : `is ${phase}`;
  const says = phase === "stopped" ? is : `${is} and ${serves ? "serves" : "does not serve"}`;
  const cells = (...texts: readonly string[]) =>
    texts.map((text, i) => (i === texts.length - 1 ? text : text.padEnd([15, 14, 9, 8, 9, 9][i]!))).join(" ");
  return [
    `Cluster "${name}" ${says}; API https://127.0.0.1:${config.apiPort}, store ${storeText(config)}`,
    ...problems,
    "",
    cells("PROCESS", "NODE", "STATE", "PID", "PSS", "RSS", "CPU"),
    ...processes.map(({ role, node, state, pid, memory, cpu }) =>
      cells(role, node, state, pid === 0 ? "-" : String(pid), mebibytes(memory.pss), mebibytes(memory.rss), `${cpu} %`),
    ),
    "",
    ...nodes.map((node) => `node ${node.name}: ${node.ready ? "Ready" : "NotReady"}`),
    ...untilText(certificates),
    "",
  ].join("\n");
}

/** The certificate that ends first. */
function untilText(certificates: Report["certificates"]): readonly string[] {
  const [first] = [...certificates].sort((a, b) => Date.parse(a.notAfter) - Date.parse(b.notAfter));
  return first ? [`certificates: good until ${first.notAfter.slice(0, 10)} (${first.name})`] : [];
}

const mebibytes = (bytes: number) => `${Math.round(bytes / MIB)} MiB`;

/** "sqlite", "etcd at https://10.0.0.1:2379 under /registry" */
function storeText({ store, etcd }: ClusterConfig): string {
  return etcd ? `${store} at ${describeEtcd(etcd)}` : store;
}
