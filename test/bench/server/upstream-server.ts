import { spawn, type ChildProcess } from "node:child_process";
import { openSync } from "node:fs";
import { mkdtemp, rm } from "node:fs/promises";
import { hostname, tmpdir } from "node:os";
import { join } from "node:path";
import { ClusterRoleBinding } from "@dingi/api";
import { systemClock, systemRandom } from "@dingi/base";
import { Client } from "@dingi/client";
import { ensureClusterPki } from "@dingi/component-base";
import {
  apiServerArgv,
  controllerManagerArgv,
  etcdArgv,
  schedulerArgv,
  type ControlPlaneFacts,
  UNLIMITED,
} from "../../upstream/cluster/control-plane.ts";
import { Credentials } from "../../upstream/cluster/credentials.ts";
import { connectionOf } from "../connection.ts";
import { endProcess } from "./end-process.ts";
import { startScheduler } from "./scheduler-process.ts";
import type { MeasuredServer, ServerOptions } from "./server.ts";

const PORTS = { api: 17443, etcd: 17379 };
const READY_MS = 60_000;
const ADMINISTRATORS = "bench:administrators";

/** Upstream's kube-apiserver over its etcd, on loopback. */
export async function startUpstream({ controllers }: ServerOptions): Promise<MeasuredServer> {
  const home = await mkdtemp(join(tmpdir(), "upstream-bench-"));
  const facts = await factsOf(home);
  const children: ChildProcess[] = [];
  const start = (argv: readonly string[]) => {
    const [file = "", ...args] = argv;
    const log = openSync(join(home, `${children.length}.log`), "a");
    const child = spawn(file, args, { stdio: ["ignore", log, log] });
    children.push(child);
    return child;
  };
  const end = async () => {
    for (const child of children.toReversed()) await endProcess(child);
    await rm(home, { recursive: true, force: true });
  };
  try {
    start(etcdArgv(facts));
    const api = start(apiServerArgv(facts));
    const server = `https://127.0.0.1:${PORTS.api}`;
    const root = await facts.credentials.kubeconfig({ name: "root", user: "root", groups: ["system:masters"] }, server);
    await untilReady(root, api);
    await allowAdministrators(root);
    if (controllers) {
      start([...schedulerArgv(root), ...UNLIMITED]);
      start([...controllerManagerArgv(root, facts), ...UNLIMITED]);
    }
    const identity = { name: "bench", user: "bench", groups: [ADMINISTRATORS] };
    return {
      name: "upstream",
      kubeconfig: await facts.credentials.kubeconfig(identity, server),
      pids: children.map(({ pid }) => pid ?? 0),
      data: facts.etcdData,
      startScheduler: async () => {
        const identity = { name: "scheduler", user: "system:kube-scheduler" };
        const kubeconfig = await facts.credentials.kubeconfig(identity, server);
        return startScheduler([...schedulerArgv(kubeconfig), ...UNLIMITED], join(home, "scheduler.log"));
      },
      [Symbol.asyncDispose]: end,
    };
  } catch (error) {
    await end();
    throw error;
  }
}

async function factsOf(home: string): Promise<ControlPlaneFacts> {
  const directory = join(home, "pki");
  await ensureClusterPki(directory, {
    clock: systemClock,
    random: systemRandom,
    fabricAddress: "127.0.0.1",
    hostName: hostname(),
  });
  const credentials = new Credentials(directory);
  await credentials.issue({ name: "kubelet-client", user: "kube-apiserver-kubelet-client" });
  return {
    address: "192.0.2.1",
    pods: "10.244.0.0/16",
    services: "10.96.0.0/16",
    credentials,
    etcdData: join(home, "etcd"),
    ports: PORTS,
  };
}

async function untilReady(kubeconfig: string, server: ChildProcess): Promise<void> {
  const deadline = systemClock.monotonic() + READY_MS;
  await using connection = connectionOf(kubeconfig);
  while (server.exitCode === null) {
    try {
      await using _ready = await connection.stream({ method: "GET", path: "/readyz", query: new URLSearchParams() });
      return;
    } catch (error) {
      if (systemClock.monotonic() > deadline) throw error;
    }
    await systemClock.sleep(20);
  }
  throw new Error(`kube-apiserver ended with code ${server.exitCode}`);
}

async function allowAdministrators(kubeconfig: string): Promise<void> {
  await using connection = connectionOf(kubeconfig);
  await new Client(connection).create(ClusterRoleBinding, {
    metadata: { name: ADMINISTRATORS },
    roleRef: { apiGroup: "rbac.authorization.k8s.io", kind: "ClusterRole", name: "cluster-admin" },
    subjects: [{ apiGroup: "rbac.authorization.k8s.io", kind: "Group", name: ADMINISTRATORS }],
  });
}
