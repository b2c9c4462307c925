import {
  isMirrorPod,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  RuntimeClass,
  Service,
  type V1Pod,
  type V1Service,
} from "@dingi/api";
import { ignoreGone } from "@dingi/apimachinery";
import { Informer, type Client, type EventRecorder } from "@dingi/client";
import type { ContainerRuntime } from "@dingi/cri";
import { aborted, describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { ImageCollector } from "./container/image-collector.ts";
import { ImagePuller } from "./container/image-puller.ts";
import { nodeCredentials } from "./container/node-credentials.ts";
import { LogRotation } from "./container/log-rotation.ts";
import type { PodAddresses } from "./container/field-reference.ts";
import type { DnsSettings } from "./container/sandbox-config.ts";
import { serviceEnvironment } from "./container/service-environment.ts";

import type { Host, NodeResources } from "./host/host.ts";
import { NodeReporter } from "./node/node-reporter.ts";
import type { NodeSettings } from "./node/node-object.ts";
import { refuseAppArmor, refuseDemands, refusePlace } from "./pod/node-fitness.ts";
import { admitPod, admitResize, type Rejection } from "./pod/pod-admission.ts";
import { PodSync } from "./pod/pod-sync.ts";
import { PodWorker } from "./pod/pod-worker.ts";
import { ReferencedObjects } from "./pod/referenced-objects.ts";
import { probeEvents } from "./probe/probe-events.ts";
import { ProbeManager } from "./probe/probe-manager.ts";
import { Prober } from "./probe/prober.ts";
import { listRuntimePods } from "./runtime/pod-runtime.ts";
import { NO_FEATURES, runtimeFeatures } from "./runtime/runtime-features.ts";
import { RuntimeOwners } from "./runtime/runtime-owners.ts";
import { isStaticPod } from "./static/static-pod.ts";
import { StaticPods } from "./static/static-pods.ts";
import { StatusManager } from "./status/status-manager.ts";
import { TokenCache } from "./volume/token-cache.ts";
import { VolumeManager } from "./volume/volume-manager.ts";
import { removeOrphans } from "./pod/orphans.ts";
import { podEvents } from "./pod/pod-event-sink.ts";
import { quantityMilliValue, quantityValue } from "@dingi/apimachinery";

interface KubeletOptions {
  readonly client: Client;
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly events: EventRecorder;
  readonly node: NodeSettings;
  readonly dns: DnsSettings;
  /** The cgroup under which this node's pods live: "/dingi/NAME/NODE". */
  readonly cgroupRoot: string;
  /** "/var/lib/kubelet" */
  readonly rootDirectory: string;
  /** Directory whose files are pods of this node, whatever the API server says: "/etc/kubernetes/manifests". */
  readonly staticPodPath?: string | undefined;
  /** Images that stay although nothing uses them and the disk is full. */
  readonly imagesToKeep?: readonly string[];
}

const RECONNECT_MS = 500;
const HOUSEKEEPING_MS = 60_000;
/** There only where the kernel enforces profiles. */
const APP_ARMOR = "/sys/kernel/security/apparmor";

/** The node agent: makes what is bound to this node run, and says how it does. Upstream: pkg/kubelet/kubelet.go */
export class Kubelet {
  readonly #options: KubeletOptions;
  readonly #workers = new Map<string, PodWorker>();
  readonly #owners = new RuntimeOwners();
  readonly #pods: Informer<V1Pod>;
  readonly #services: Informer<V1Service>;
  readonly #references: ReferencedObjects;
  readonly #static: StaticPods;
  readonly #statuses: StatusManager;
  readonly #probes: ProbeManager;
  readonly #tokens: TokenCache;
  readonly #volumes: VolumeManager;
  readonly #reporter: NodeReporter;
  readonly #sync: PodSync;
  #runtimeName = "";
  #features = NO_FEATURES;

  private constructor(options: KubeletOptions, nodeResources: NodeResources) {
    this.#options = options;
    const { client, cri, host, clock, random, logger, node } = options;
    const common = { client, clock, random, logger };
    const events = podEvents(options.events);
    const kubeVersion = kubeVersionOf(options);
    this.#pods = new Informer({ ...common, kind: Pod, fieldSelector: `spec.nodeName=${node.name}` });
    this.#services = new Informer({ ...common, kind: Service });
    this.#references = new ReferencedObjects({ ...common, onChange: (uids) => this.#pokeAll(uids) });
    this.#statuses = new StatusManager(client, clock, logger, (pod) =>
      isStaticPod(pod) ? this.#static.mirrorOf(pod) : pod,
    );
    this.#static = new StaticPods({
      client,
      host,
      clock,
      logger,
      nodeName: node.name,
      path: options.staticPodPath,
      nodeUid: () => this.#reporter.node?.metadata.uid,
      running: this.#workers,
      start: (pod) => this.#start(pod),
      onMirror: (pod) => this.#statuses.tellAgain(pod),
    });
    this.#tokens = new TokenCache(client, clock);
    this.#reporter = new NodeReporter({ ...common, cri, host, settings: node });
    const secret = (namespace: string, name: string) => this.#references.secret(namespace, name);
    const configMap = (namespace: string, name: string) => this.#references.configMap(namespace, name);
    this.#probes = new ProbeManager({
      prober: new Prober({ host, cri, userAgent: `kube-probe/${kubeVersion}` }),
      clock,
      random,
      onChange: (uid) => this.#workers.get(uid)?.poke(),
      onTrouble: probeEvents(events),
    });
    this.#volumes = new VolumeManager({
      host,
      rootDirectory: options.rootDirectory,
      sources: {
        configMap,
        secret,
        token: (pod, audience, seconds) => this.#tokens.get(pod, audience, seconds),
        addresses: (pod) => this.#addresses(pod),
      },
      claims: {
        claim: (namespace, name) => client.get(PersistentVolumeClaim, { namespace, name }),
        volume: (name) => client.get(PersistentVolume, { namespace: "", name }),
        node: () => this.#reporter.node,
      },
    });
    const ownCredentials = () => nodeCredentials({ host, logger, rootDirectory: options.rootDirectory });
    const images = new ImagePuller({ cri, clock, secret, events, nodeCredentials: ownCredentials });
    this.#sync = new PodSync({
      cri,
      host,
      clock,
      logger,
      volumes: this.#volumes,
      images,
      probes: this.#probes,
      owners: this.#owners,
      events,
      kubeVersion,
      dns: options.dns,
      cgroupRoot: options.cgroupRoot,
      nodeResources,
      features: () => this.#features,
      runtimeHandler: async (name) => (await client.get(RuntimeClass, { namespace: "", name })).handler,
      environmentSources: (pod, podIps) => ({
        configMap,
        secret,
        services: serviceEnvironment(
          this.#servicesFor(pod),
          pod.metadata.namespace ?? "",
          pod.spec.enableServiceLinks ?? true,
        ),
        addresses: { ...this.#addresses(pod), ...(podIps.length > 0 ? { podIps } : {}) },
      }),
    });
  }

  /** Those of its namespace, and the API server's. */
  #servicesFor({ metadata: { namespace = "" } }: V1Pod): readonly V1Service[] {
    const master = this.#services.get({ namespace: "default", name: "kubernetes" });
    return [...this.#services.list(namespace), ...(master ? [master] : [])];
  }

  static async create(options: KubeletOptions): Promise<Kubelet> {
    return new Kubelet(options, await options.host.info());
  }

  /** Pods that this node looks after, as the API server last showed them. */
  get pods(): readonly V1Pod[] {
    return [...this.#workers.values()].map((worker) => worker.pod);
  }

  /** The pod and, if the runtime has it, the newest attempt's container id. */
  findPod(namespace: string, name: string): V1Pod | undefined {
    return this.pods.find((pod) => pod.metadata.namespace === namespace && pod.metadata.name === name);
  }

  get host(): Host {
    return this.#options.host;
  }

  get cri(): ContainerRuntime {
    return this.#options.cri;
  }

  /** Runs until the signal aborts; containers go on running then. */
  async run(signal: AbortSignal): Promise<void> {
    const reporting = this.#reporter.run(signal);
    const informers = Promise.all([this.#services.run(signal), this.#pods.run(signal)]);
    const ended = aborted(signal);
    await this.#connectRuntime(signal);
    await Promise.race([ended, Promise.all([this.#services.synced, this.#pods.synced])]);
    if (!signal.aborted) {
      await this.#static.load();
      using _pods = this.#pods.onEvent((event) =>
        event.type === "deleted" ? this.#removed(event.object) : this.#seen(event.object),
      );
      const { cri, host, clock, logger, imagesToKeep: keep = [] } = this.#options;
      await Promise.all([
        this.#static.run(signal),
        this.#followRuntime(signal),
        this.#keepHouse(signal),
        new LogRotation({ cri, host, clock, logger }).run(() => this.pods, signal),
        new ImageCollector({ cri, host, clock, logger, keep, mounted: () => imagesMounted(this.pods) }).run(signal),
      ]);
    }
    for (const worker of this.#workers.values()) worker.abandon();
    this.#probes[Symbol.dispose]();
    this.#references[Symbol.dispose]();
    await Promise.all([reporting, informers, ...[...this.#workers.values()].map((worker) => worker.done)]);
  }

  #seen(pod: V1Pod): void {
    if (isMirrorPod(pod)) return this.#static.observe(pod);
    this.#references.register(pod);
    const worker = this.#workers.get(pod.metadata.uid!);
    if (worker) worker.update(pod);
    else this.#start(pod);
  }

  #start(pod: V1Pod): void {
    this.#workers.set(pod.metadata.uid!, this.#newWorker(pod));
  }

  #removed(pod: V1Pod): void {
    if (isMirrorPod(pod)) return this.#static.forget(pod);
    this.#workers.get(pod.metadata.uid!)?.remove();
  }

  #newWorker(pod: V1Pod): PodWorker {
    const { cri, host, clock, random, logger, cgroupRoot, node, events } = this.#options;
    return new PodWorker(
      {
        cri,
        host,
        clock,
        random,
        logger,
        sync: this.#sync,
        probes: this.#probes,
        statuses: this.#statuses,
        volumes: this.#volumes,
        events: podEvents(events),
        kubeVersion: kubeVersionOf(this.#options),
        cgroupRoot,
        runtimeName: this.#runtimeName,
        hostIps: [node.internalIp],
        admit: (candidate) => this.#admit(candidate),
        admitResize: (candidate) => admitResize(candidate, this.#allocatedPods, this.#allocatable),
        owners: this.#owners,
        release: (released) => this.#release(released),
        onDone: (uid) => this.#done(uid),
      },
      pod,
    );
  }

  async #admit(pod: V1Pod): Promise<Rejection | undefined> {
    const node = this.#reporter.node;
    return (
      refuseDemands(pod, this.#features) ??
      admitPod(pod, this.#allocatedPods, this.#allocatable) ??
      (node && refusePlace(pod, node) && (await this.#refusePlaceAnew(pod))) ??
      refuseAppArmor(pod, this.#features)
    );
  }

  /** Somebody may have labelled the node since this kubelet last saw it. */
  async #refusePlaceAnew(pod: V1Pod): Promise<Rejection | undefined> {
    const { client, node } = this.#options;
    const known = this.#reporter.node!;
    return refusePlace(pod, await client.get(Node, { namespace: "", name: node.name }).catch(() => known));
  }

  get #allocatedPods(): readonly V1Pod[] {
    return [...this.#workers.values()].map(({ allocated }) => allocated);
  }

  get #allocatable(): Readonly<Record<string, string>> {
    return this.#reporter.node?.status.allocatable ?? {};
  }

  #done(uid: string): void {
    this.#workers.delete(uid);
    this.#references.unregister(uid);
    this.#tokens.forget(uid);
    for (const worker of this.#workers.values()) if (worker.waitsForRoom) worker.poke();
    this.#owners.forget(uid);
    this.#static.poke();
  }

  /** Nothing of the pod is left here: the API server removes it for good. A static pod's mirror goes as orphans do. */
  async #release(pod: V1Pod): Promise<void> {
    if (isStaticPod(pod)) return;
    const { name = "", namespace = "", uid = "" } = pod.metadata;
    const options = { gracePeriodSeconds: 0, preconditions: { uid } };
    await this.#options.client.delete(Pod, { namespace, name }, options).catch(ignoreGone);
  }

  #pokeAll(uids: Iterable<string>): void {
    for (const uid of uids) this.#workers.get(uid)?.poke();
  }

  #addresses(pod: V1Pod): PodAddresses {
    const allocatable = this.#reporter.node?.status.allocatable ?? {};
    return {
      podIps: (pod.status.podIPs ?? []).map(({ ip }) => ip),
      hostIps: [this.#options.node.internalIp],
      allocatableCpuMilli: quantityMilliValue(allocatable["cpu"] ?? "0"),
      allocatableMemoryBytes: quantityValue(allocatable["memory"] ?? "0"),
    };
  }

  async #connectRuntime(signal: AbortSignal): Promise<void> {
    const { cri, clock, host } = this.#options;
    while (!signal.aborted) {
      try {
        this.#runtimeName = (await cri.runtime.version({ signal })).runtimeName;
        const appArmor = (await host.fileType(APP_ARMOR)) === "directory";
        this.#features = runtimeFeatures(await cri.runtime.status({ signal }), appArmor);
        return;
      } catch {
        await clock.sleep(RECONNECT_MS, signal).catch(() => {});
      }
    }
  }

  /** Runtime events wake the pods they concern; after a gap, all are looked at. */
  async #followRuntime(signal: AbortSignal): Promise<void> {
    const { cri, clock, logger } = this.#options;
    while (!signal.aborted) {
      try {
        for await (const events of cri.runtime.events({ signal })) {
          if (events.length === 0) this.#pokeAll(this.#workers.keys());
          else this.#pokeAll(this.#owners.concerned(events));
        }
      } catch (error) {
        if (!signal.aborted) logger.warn("Runtime events were lost", { error: describeError(error) });
      }
      await clock.sleep(RECONNECT_MS, signal).catch(() => {});
    }
  }

  /** Removes what the runtime still has of pods that nobody knows. */
  async #keepHouse(signal: AbortSignal): Promise<void> {
    const { cri, clock, logger, host, cgroupRoot } = this.#options;
    while (!signal.aborted) {
      try {
        const known = new Set([...this.#workers.keys(), ...this.#static.uids]);
        const orphans = (await listRuntimePods(cri, signal)).filter(({ uid }) => !known.has(uid));
        await removeOrphans(orphans, { cri, host, volumes: this.#volumes, cgroupRoot, signal });
      } catch (error) {
        if (!signal.aborted) logger.warn("Orphaned pods were not removed", { error: describeError(error) });
      }
      await clock.sleep(HOUSEKEEPING_MS, signal).catch(() => {});
    }
  }
}

function imagesMounted(pods: readonly V1Pod[]): string[] {
  return pods.flatMap(({ spec }) => (spec.volumes ?? []).flatMap(({ image }) => image?.reference ?? []));
}

/** "1.37" */
function kubeVersionOf({ node }: KubeletOptions): string {
  return node.kubeletVersion.replace(/^v(\d+\.\d+).*/, "$1");
}
