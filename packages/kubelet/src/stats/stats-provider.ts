import type { Clock } from "@dingi/base";
import type {
  Container,
  ContainerRuntime,
  ContainerStats as RuntimeStats,
  PodSandbox,
  PodSandboxStats,
} from "@dingi/cri";
import type { Host, HostUsage } from "../host/host.ts";
import { CONTAINER_NAME_LABEL, POD_NAME_LABEL, POD_NAMESPACE_LABEL, POD_UID_LABEL } from "../runtime/labels.ts";
import { NanoCores } from "./nano-cores.ts";
import type { ContainerStats, CpuStats, FsStats, MemoryStats, NodeStats, PodStats, Summary } from "./summary.ts";

interface StatsProviderOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly nodeName: string;
}

interface Scope {
  /** Nothing but processor and memory. */
  readonly isShort?: boolean;
  readonly signal: AbortSignal;
}

const NODE = "";

/** Measures the node, its pods and their containers when somebody asks. Upstream: pkg/kubelet/stats/cri_stats_provider.go */
export class StatsProvider {
  readonly #options: StatsProviderOptions;
  readonly #nanoCores = new NanoCores();
  readonly #startTimeMs: number;

  constructor(options: StatsProviderOptions) {
    this.#options = options;
    this.#startTimeMs = options.clock.now();
  }

  async read(scope: Scope): Promise<Summary> {
    const [node, pods] = await Promise.all([this.#node(scope), this.#pods(scope)]);
    return { node, pods };
  }

  async #node({ isShort, signal }: Scope): Promise<NodeStats> {
    const { host, cri, nodeName } = this.#options;
    const [usage, images] = await Promise.all([host.usage(), isShort ? undefined : cri.images.imageFsInfo({ signal })]);
    const { cpuNanoseconds, memoryWorkingSetBytes, memoryAvailableBytes } = usage;
    const imageFs = images?.imageFilesystems[0];
    return {
      nodeName,
      startTimeMs: this.#startTimeMs,
      cpu: this.#cpu(NODE, { timestampMs: usage.timeMs, usageCoreNanoSeconds: cpuNanoseconds }),
      memory: { timeMs: usage.timeMs, workingSetBytes: memoryWorkingSetBytes, availableBytes: memoryAvailableBytes },
      ...(isShort ? {} : { fs: fsOf(usage) }),
      ...(imageFs ? { runtime: { imageFs: { ...fsOf(usage), ...usedOf(imageFs) } } } : {}),
    };
  }

  async #pods({ isShort, signal }: Scope): Promise<PodStats[]> {
    const { runtime } = this.#options.cri;
    const [sandboxes, containers, stats] = await Promise.all([
      runtime.listPodSandbox({ state: "SANDBOX_READY" }, { signal }),
      runtime.listContainers({ state: "CONTAINER_RUNNING" }, { signal }),
      runtime.listPodSandboxStats({ signal }),
    ]);
    const ready = new Map(sandboxes.map((sandbox) => [sandbox.id, sandbox]));
    const running = new Map(containers.map((container) => [container.id, container]));
    return stats.flatMap((one) => {
      const sandbox = ready.get(one.attributes.id);
      return sandbox ? [this.#pod(sandbox, one, { running, isShort })] : [];
    });
  }

  #pod(
    { id, labels, createdAtMs }: PodSandbox,
    { linux }: PodSandboxStats,
    { running, isShort }: { readonly running: ReadonlyMap<string, Container>; readonly isShort: boolean | undefined },
  ): PodStats {
    const containers = (linux?.containers ?? []).flatMap((stats) => {
      const container = running.get(stats.attributes.id);
      return container ? [this.#container(container, stats, isShort)] : [];
    });
    return {
      podRef: podRefOf(labels),
      startTimeMs: createdAtMs,
      containers,
      ...this.#measured(id, linux),
      ...(isShort ? {} : othersOf(linux)),
    };
  }

  #measured(id: string, measured: Pick<RuntimeStats, "cpu" | "memory"> | undefined): Pick<PodStats, "cpu" | "memory"> {
    const { cpu, memory } = measured ?? {};
    return { ...(cpu ? { cpu: this.#cpu(id, cpu) } : {}), ...(memory ? { memory: memoryOf(memory) } : {}) };
  }

  #container(
    { id, labels, createdAtMs, metadata }: Container,
    stats: RuntimeStats,
    isShort: boolean | undefined,
  ): ContainerStats {
    const { swap, writableLayer } = stats;
    return {
      name: labels[CONTAINER_NAME_LABEL] ?? metadata.name,
      startTimeMs: createdAtMs,
      ...this.#measured(id, stats),
      ...(swap ? { swap: timed(swap) } : {}),
      ...(!isShort && writableLayer ? { rootfs: { timeMs: writableLayer.timestampMs, ...usedOf(writableLayer) } } : {}),
    };
  }

  #cpu(id: string, { timestampMs, usageCoreNanoSeconds, usageNanoCores }: NonNullable<RuntimeStats["cpu"]>): CpuStats {
    const worked =
      usageCoreNanoSeconds === undefined
        ? undefined
        : this.#nanoCores.of(id, { timeMs: timestampMs, coreNanoSeconds: usageCoreNanoSeconds });
    const nanoCores = usageNanoCores ?? worked;
    return {
      timeMs: timestampMs,
      ...(nanoCores === undefined ? {} : { usageNanoCores: nanoCores }),
      ...(usageCoreNanoSeconds === undefined ? {} : { usageCoreNanoSeconds }),
    };
  }
}

function podRefOf(labels: PodSandbox["labels"]): PodStats["podRef"] {
  const { [POD_NAME_LABEL]: name = "", [POD_NAMESPACE_LABEL]: namespace = "", [POD_UID_LABEL]: uid = "" } = labels;
  return { name, namespace, uid };
}

/** Of a pod, beside what its containers use of processor and memory. */
function othersOf(linux: PodSandboxStats["linux"]): Pick<PodStats, "network" | "process_stats"> {
  const { network, process } = linux ?? {};
  const { defaultInterface } = network ?? {};
  return {
    ...(network && defaultInterface
      ? { network: { timeMs: network.timestampMs, ...defaultInterface, interfaces: network.interfaces } }
      : {}),
    ...(process ? { process_stats: { process_count: process.processCount ?? 0 } } : {}),
  };
}

const memoryOf = (memory: NonNullable<RuntimeStats["memory"]>): MemoryStats => timed(memory);

function timed<T extends { readonly timestampMs: number }>({ timestampMs, ...rest }: T) {
  return { timeMs: timestampMs, ...rest };
}

function fsOf({ timeMs, fsCapacityBytes, fsAvailableBytes }: HostUsage): FsStats {
  return {
    timeMs,
    availableBytes: fsAvailableBytes,
    capacityBytes: fsCapacityBytes,
    usedBytes: fsCapacityBytes - fsAvailableBytes,
  };
}

const usedOf = ({ usedBytes, inodesUsed }: { readonly usedBytes: number; readonly inodesUsed: number }) => ({
  usedBytes,
  inodesUsed,
});
