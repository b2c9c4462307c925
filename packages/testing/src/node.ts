import { silentLogger, type FakeClock, type Random } from "@dingi/base";
import { EventRecorder, type Client } from "@dingi/client";
import { GIT_VERSION } from "@dingi/component-base";
import { crashed } from "./crashed.ts";
import { simulateRuntime, type ContainerRuntime } from "@dingi/cri";
import { Kubelet, LocalVolumes, SimulatedHost, StatsProvider } from "@dingi/kubelet";

export interface TestNode extends AsyncDisposable {
  readonly name: string;
  readonly cri: ContainerRuntime;
  readonly host: SimulatedHost;
  readonly stats: StatsProvider;
  /** The one that runs, or ran last. */
  readonly kubelet: Kubelet;
  /** Ends the kubelet without a word, as a power cut does; containers go on. */
  stopKubelet(): Promise<void>;
  startKubelet(): void;
}

interface NodeOptions {
  readonly name: string;
  /** From 1. */
  readonly index: number;
  readonly clock: FakeClock;
  readonly random: Random;
  readonly client: (life: AbortController) => Client;
  /** Of the part that keeps the node's local volumes. */
  readonly localVolumesClient: (life: AbortController) => Client;
}

const GIB = 1024 ** 3;

/** A node whose containers and machine are pretended; its kubelet is the real one. */
export function startNode(options: NodeOptions): TestNode {
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
  let last: Kubelet | undefined;
  let kubelet: { readonly stop: AbortController; readonly done: Promise<void> } | undefined;
  const live = async (stop: AbortController) => {
    while (!stop.signal.aborted) {
      const life = new AbortController();
      const onStop = () => life.abort(stop.signal.reason);
      stop.signal.addEventListener("abort", onStop, { once: true });
      const running = await createKubelet(options, { client: options.client(life), cri, host });
      last = running;
      const localVolumes = localVolumesOf(options, options.localVolumesClient(life), host);
      const both = Promise.all([running.run(life.signal), localVolumes.run(life.signal)]);
      await Promise.race([both, crashed(life.signal)]);
      stop.signal.removeEventListener("abort", onStop);
    }
  };
  const node: TestNode = {
    name,
    cri,
    host,
    stats: new StatsProvider({ cri, host, clock, nodeName: name }),
    get kubelet() {
      if (!last) throw new Error(`Node "${name}" has no kubelet yet`);
      return last;
    },
    startKubelet() {
      const stop = new AbortController();
      kubelet = { stop, done: live(stop) };
    },
    async stopKubelet() {
      kubelet?.stop.abort(new Error("The kubelet is stopped"));
      await kubelet?.done;
      kubelet = undefined;
    },
    async [Symbol.asyncDispose]() {
      await node.stopKubelet();
      await cri[Symbol.asyncDispose]();
    },
  };
  node.startKubelet();
  return node;
}

const ROOT = "/var/lib/kubelet";

function localVolumesOf({ name, clock, random }: NodeOptions, client: Client, host: SimulatedHost): LocalVolumes {
  return new LocalVolumes({ client, host, clock, random, logger: silentLogger, nodeName: name, rootDirectory: ROOT });
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
    rootDirectory: ROOT,
  });
}
