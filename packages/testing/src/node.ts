import { silentLogger, type FakeClock, type Random } from "@dingi/base";
import { EventRecorder, type Client } from "@dingi/client";
import { GIT_VERSION } from "@dingi/component-base";
import { simulateRuntime, type ContainerRuntime } from "@dingi/cri";
import { Kubelet, SimulatedHost } from "@dingi/kubelet";

export interface TestNode extends AsyncDisposable {
  readonly name: string;
  readonly cri: ContainerRuntime;
  readonly host: SimulatedHost;
  /** Ends the kubelet without a word, as a power cut does; containers go on. */
  stopKubelet(): Promise<void>;
  startKubelet(): Promise<void>;
}

export interface NodeOptions {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly client: (life: AbortController) => Client;
}

const GIB = 1024 ** 3;

/** A node whose containers and machine are pretended; its kubelet is the real one. */
export async function startNode(options: NodeOptions): Promise<TestNode> {
  const { name, index, clock, random } = options;
  const logs = new Map<string, string>();
  const cri = simulateRuntime({
    clock,
    random,
    podCidr: `10.244.${index}.0/24`,
    writeLog: (path, line) => logs.set(path, (logs.get(path) ?? "") + line),
  });
  const readLog = (path: string) => (logs.has(path) ? Buffer.from(logs.get(path)!) : undefined);
  const host = new SimulatedHost({ clock, name, fsBytes: 100 * GIB, readLog });
  let kubelet: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  const node: TestNode = {
    name,
    cri,
    host,
    async startKubelet() {
      const stop = new AbortController();
      const client = options.client(stop);
      const running = await createKubelet(options, { client, cri, host });
      kubelet = { stop, done: running.run(stop.signal) };
    },
    async stopKubelet() {
      kubelet?.stop.abort(new Error("The kubelet is stopped"));
      await kubelet?.done.catch(() => {});
      kubelet = undefined;
    },
    async [Symbol.asyncDispose]() {
      await node.stopKubelet();
      await cri[Symbol.asyncDispose]();
    },
  };
  await node.startKubelet();
  return node;
}

async function createKubelet(
  { name, index, clock, random }: NodeOptions,
  own: { readonly client: Client; readonly cri: ContainerRuntime; readonly host: SimulatedHost },
): Promise<Kubelet> {
  const common = { clock, random, logger: silentLogger };
  return await Kubelet.create({
    ...common,
    ...own,
    events: new EventRecorder({ ...common, client: own.client, component: "kubelet", host: name }),
    node: {
      name,
      internalIp: `198.51.100.${index}`,
      kubeletPort: 10250,
      maxPods: 110,
      kubeletVersion: GIT_VERSION,
      labels: {},
      taints: [],
      podCidr: `10.244.${index}.0/24`,
    },
    dns: { clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", node: {} },
    cgroupRoot: `/test/${name}`,
    rootDirectory: "/var/lib/kubelet",
  });
}
