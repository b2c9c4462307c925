import { FakeClock, seededRandom, silentLogger } from "@dingi/base";
import type { Client } from "@dingi/client";
import { simulateRuntime, type ContainerRuntime, type ImageService, type RuntimeService } from "@dingi/cri";
import type { V1ConfigMap, V1Container, V1ContainerStatus, V1Pod, V1PodStatus, V1Secret } from "@dingi/api";
import type { DockerConfig } from "../container/docker-config.ts";
import { ImagePuller } from "../container/image-puller.ts";
import { SimulatedHost } from "../host/simulated/simulated-host.ts";
import { ProbeManager } from "../probe/probe-manager.ts";
import { probeEvents } from "../probe/probe-events.ts";
import { Prober } from "../probe/prober.ts";
import { NO_FEATURES, type RuntimeFeatures } from "../runtime/runtime-features.ts";
import { RuntimeOwners } from "../runtime/runtime-owners.ts";
import { StatusManager } from "../status/status-manager.ts";
import { VolumeManager } from "../volume/volume-manager.ts";
import type { Rejection } from "./pod-admission.ts";
import type { PodEvents } from "./pod-events.ts";
import { PodSync } from "./pod-sync.ts";
import { PodWorker } from "./pod-worker.ts";

type Calls = Pick<
  RuntimeService,
  "runPodSandbox" | "createContainer" | "startContainer" | "stopContainer" | "removeContainer" | "execSync"
> &
  Pick<ImageService, "pullImage">;

/** Stands in for calls of the runtime: each is given the runtime's own to go on with. */
type Overrides = { [Name in keyof Calls]?: (real: Calls[Name], ...call: Parameters<Calls[Name]>) => unknown };

export interface PodScenarioOptions {
  readonly spec: Partial<V1Pod["spec"]> & Pick<V1Pod["spec"], "containers">;
  readonly runtime?: Overrides;
  /** Why the node does not take the pod. */
  readonly refuse?: Rejection;
  readonly features?: Partial<RuntimeFeatures>;
  /** Handlers by RuntimeClass. */
  readonly runtimeClasses?: Readonly<Record<string, string>>;
  readonly secrets?: Readonly<Record<string, V1Secret>>;
  readonly nodeCredentials?: DockerConfig;
  readonly configMaps?: Map<string, V1ConfigMap>;
  /** What lies on the node. */
  readonly files?: Readonly<Record<string, string>>;
}

const SECOND_MS = 1000;

/**
 * One pod on a simulated node, as its worker sees it: statuses come back from the API server as they are written, the
 * runtime's events arrive, and time passes when the test says so.
 */
export class PodScenario implements AsyncDisposable {
  readonly clock = new FakeClock();
  readonly host: SimulatedHost;
  readonly cri: ContainerRuntime;
  readonly images: ImagePuller;
  /** "Warning BackOff web: Back-off …", in order; about the pod as a whole without a name. */
  readonly events: string[] = [];
  /** Names of the runtime's calls that were counted. */
  readonly calls: string[] = [];
  /** Every status that was written. */
  readonly written: V1PodStatus[] = [];
  /** What the API server was asked to change. */
  readonly patches: object[] = [];
  /** How often the runtime was asked for what it has of the pod. */
  reads = 0;
  readonly #statuses: StatusManager;
  readonly #probes: ProbeManager;
  readonly #worker: PodWorker;
  readonly #stop = new AbortController();

  constructor(options: PodScenarioOptions) {
    const { clock } = this;
    const random = seededRandom(1);
    const logs = new Map<string, string>();
    this.host = new SimulatedHost({
      clock,
      name: "node",
      readLog: (path) => (logs.has(path) ? Buffer.from(logs.get(path)!) : undefined),
    });
    for (const [path, content] of Object.entries(options.files ?? {})) void this.host.writeFile(path, content);
    this.cri = simulateRuntime({
      clock,
      random,
      podCidr: "10.244.0.0/24",
      writeLog: (path, line) => logs.set(path, (logs.get(path) ?? "") + line),
    });
    this.#count(options.runtime ?? {});
    const pod = podOf(options.spec);
    const events: PodEvents = {
      pod: (_pod, type, reason, message) => void this.events.push(`${type} ${reason}: ${message}`),
      container: (_pod, container, type, reason, message) =>
        void this.events.push(`${type} ${reason} ${container?.name ?? ""}: ${message}`),
    };
    const owners = new RuntimeOwners();
    const { cri, host } = this;
    const read = owners.read.bind(owners);
    owners.read = (...call) => {
      this.reads++;
      return read(...call);
    };
    this.#statuses = new StatusManager(this.#apiServer(), clock, silentLogger);
    this.#probes = new ProbeManager({
      prober: new Prober({ cri, host, userAgent: "kube-probe/1.37" }),
      clock,
      random,
      onChange: () => this.#worker.poke(),
      onTrouble: probeEvents(events),
    });
    const { secret, configMap, addresses } = sourcesOf(options);
    const token = () => Promise.resolve("token");
    const sources = { secret, configMap, token, addresses: () => addresses };
    const claims = { claim: notServed, volume: notServed, node: () => undefined };
    const volumes = new VolumeManager({ host, rootDirectory: "/var/lib/kubelet", sources, claims });
    const services = { cri, host, clock, events, kubeVersion: "1.37" };
    const shared = { ...services, logger: silentLogger, volumes, probes: this.#probes, owners };
    this.images = new ImagePuller({
      cri,
      clock,
      secret,
      events,
      nodeCredentials: async () => options.nodeCredentials ?? {},
    });
    const sync = new PodSync({
      ...shared,
      images: this.images,
      dns: { clusterDns: ["10.96.0.10"], clusterDomain: "cluster.local", node: {} },
      cgroupRoot: "/test",
      nodeResources: { memoryBytes: 2 ** 30, hugePageSizes: [], swapControl: "none" },
      features: () => ({ ...NO_FEATURES, ...options.features }),
      runtimeHandler: (name) => handlerOf(options, name),
      environmentSources: () => ({ configMap, secret, services: new Map(), addresses }),
    });
    this.#worker = new PodWorker(
      {
        ...shared,
        random,
        sync,
        statuses: this.#statuses,
        cgroupRoot: "/test",
        runtimeName: "simulated",
        hostIps: ["192.0.2.1"],
        admit: () => Promise.resolve(options.refuse),
        admitResize: () => undefined,
        release: () => Promise.resolve(),
        onDone: () => {},
      },
      pod,
    );
    void this.#followRuntime(owners);
  }

  get pod(): V1Pod {
    return { ...this.#worker.pod, status: this.#statuses.get("uid") ?? this.#worker.pod.status };
  }

  /** Lets so many seconds pass, each with all that happens in it. */
  async pass(seconds: number): Promise<void> {
    await this.clock.advance(0);
    for (let second = 0; second < seconds; second++) await this.clock.advance(SECOND_MS);
  }

  container(name = "main"): V1ContainerStatus {
    const { containerStatuses = [], initContainerStatuses = [] } = this.pod.status;
    return [...initContainerStatuses, ...containerStatuses].find((status) => status.name === name)!;
  }

  /** Why the container has been waiting, from the first status on, without repetitions. */
  waits(name = "main"): { readonly reason?: string | undefined; readonly message?: string | undefined }[] {
    const waits = this.written.flatMap(({ containerStatuses = [] }) =>
      containerStatuses.flatMap((status) =>
        status.name === name && status.state?.waiting ? [status.state.waiting] : [],
      ),
    );
    return waits.filter((wait, at) => at === 0 || JSON.stringify(wait) !== JSON.stringify(waits[at - 1]));
  }

  /** How often the runtime was called this way. */
  count(call: keyof Calls): number {
    return this.calls.filter((name) => name === call).length;
  }

  eventsOf(reason: string): string[] {
    return this.events.filter((event) => event.split(/[ :]/)[1] === reason);
  }

  /** Looks at the pod now, as after an event that concerns it. */
  poke(): void {
    this.#worker.poke();
  }

  change(change: (pod: V1Pod) => V1Pod): void {
    this.#worker.update(change(this.pod));
  }

  delete(gracePeriodSeconds = 30): void {
    const deletionTimestamp = new Date(this.clock.now()).toISOString();
    this.change((pod) => ({
      ...pod,
      metadata: { ...pod.metadata, deletionTimestamp, deletionGracePeriodSeconds: gracePeriodSeconds },
    }));
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#stop.abort(new Error("The scenario is over"));
    this.#worker.abandon();
    this.#probes[Symbol.dispose]();
    await this.#worker.done;
    await this.cri[Symbol.asyncDispose]();
  }

  /** Writes of the status come back as changes of the pod. */
  #apiServer(): Client {
    const patch = (_kind: unknown, _key: unknown, body: object) => {
      this.patches.push(body);
      this.written.push(this.pod.status);
      this.#worker.update(this.pod);
      return Promise.resolve({});
    };
    return { patch } as unknown as Client;
  }

  #count(overrides: Overrides): void {
    const { runtime, images } = this.cri;
    for (const name of ["runPodSandbox", "createContainer", "startContainer", "stopContainer"] as const)
      this.#wrap(runtime, name, overrides);
    for (const name of ["removeContainer", "execSync"] as const) this.#wrap(runtime, name, overrides);
    this.#wrap(images, "pullImage", overrides);
  }

  #wrap(target: object, name: keyof Calls, overrides: Overrides): void {
    type Call = (...call: unknown[]) => unknown;
    const service = target as Record<string, Call>;
    const real = service[name]!.bind(target);
    const override = overrides[name] as ((real: Call, ...call: unknown[]) => unknown) | undefined;
    service[name] = (...call) => {
      this.calls.push(name);
      return override ? override(real, ...call) : real(...call);
    };
  }

  async #followRuntime(owners: RuntimeOwners): Promise<void> {
    const { signal } = this.#stop;
    try {
      for await (const events of this.cri.runtime.events({ signal }))
        if (owners.concerned(events).has("uid")) this.#worker.poke();
    } catch (error) {
      if (!signal.aborted) throw error;
    }
  }
}

function sourcesOf({ secrets, configMaps }: PodScenarioOptions) {
  return {
    secret: (_namespace: string, name: string) => Promise.resolve(secrets?.[name]),
    configMap: (_namespace: string, name: string) => Promise.resolve(configMaps?.get(name)),
    addresses: { podIps: [], hostIps: ["192.0.2.1"], allocatableCpuMilli: 1000, allocatableMemoryBytes: 2 ** 30 },
  };
}

function handlerOf({ runtimeClasses }: PodScenarioOptions, name: string): Promise<string> {
  const handler = runtimeClasses?.[name];
  return handler === undefined ? Promise.reject(new Error(`"${name}" not found`)) : Promise.resolve(handler);
}

export function containerOf(more: Partial<V1Container> = {}): V1Container {
  return { name: "main", image: "registry.test/app:1", terminationMessagePath: "/dev/termination-log", ...more };
}

function podOf(spec: PodScenarioOptions["spec"]): V1Pod {
  return {
    apiVersion: "v1",
    kind: "Pod",
    metadata: { name: "web", namespace: "default", uid: "uid" },
    spec: { restartPolicy: "Always", terminationGracePeriodSeconds: 30, enableServiceLinks: true, ...spec },
    status: {},
  } as V1Pod;
}

const notServed = () => Promise.reject(new Error("The pods of these scenarios have no claims"));
