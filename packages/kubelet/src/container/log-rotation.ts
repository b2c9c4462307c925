import type { V1Pod } from "@dingi/api";
import type { ContainerRuntime } from "@dingi/cri";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { podLogDirectory } from "./sandbox-config.ts";

interface LogRotationOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A log that is as large gets a successor. */
  readonly maxBytes?: number;
  /** Of one container's attempt, the one that is written included. */
  readonly maxFiles?: number;
}

interface ContainerLog {
  readonly containerId: string;
  readonly directory: string;
  readonly file: string;
}

const PERIOD_MS = 10_000;
const MAX_BYTES = 10 * 1024 ** 2;
const MAX_FILES = 5;

const COMPRESSED = ".gz";
/** What is not compressed to its end yet. */
const TEMPORARY = ".tmp";

/**
 * Keeps the logs of running containers small. The newest former log stays as it is, so that who reads it can go on; those
 * before it are compressed. Upstream: pkg/kubelet/logs/container_log_manager.go
 */
export class LogRotation {
  readonly #options: LogRotationOptions;

  constructor(options: LogRotationOptions) {
    this.#options = options;
  }

  async run(pods: () => readonly V1Pod[], signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#options.clock.sleep(PERIOD_MS, signal).catch(() => {});
      if (!signal.aborted) await this.rotate(pods(), signal);
    }
  }

  /** Looks at all of them once. What fails is tried again the next time. */
  async rotate(pods: readonly V1Pod[], signal: AbortSignal): Promise<void> {
    const { host, logger, maxBytes = MAX_BYTES } = this.#options;
    for (const log of pods.flatMap(runningLogs)) {
      try {
        const size = await host.fileSize(`${log.directory}/${log.file}`);
        if (size !== undefined && size >= maxBytes) await this.#rotateOne(log, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("Container log was not rotated", { path: log.file, error: describeError(error) });
      }
    }
  }

  /** Whole under its new name, or not there; what a failure leaves is removed the next time. */
  async #compress(path: string, signal: AbortSignal): Promise<void> {
    const { host } = this.#options;
    await host.compress(path, path + TEMPORARY, signal);
    await host.rename(path + TEMPORARY, path + COMPRESSED);
    await host.removeTree(path);
  }

  async #rotateOne({ containerId, directory, file }: ContainerLog, signal: AbortSignal): Promise<void> {
    const { cri, host, clock, maxFiles = MAX_FILES } = this.#options;
    const path = `${directory}/${file}`;
    const { remove, compress } = planFormer(await host.listDirectory(directory), file, maxFiles);
    for (const name of remove) await host.removeTree(`${directory}/${name}`);
    for (const name of compress) await this.#compress(`${directory}/${name}`, signal);
    const aside = `${path}.${stamp(clock.now())}`;
    await host.rename(path, aside);
    try {
      await cri.runtime.reopenContainerLog(containerId, { signal });
    } catch (error) {
      // The runtime goes on writing to the old one; it gets its name back, so that it is read.
      await host.rename(aside, path);
      throw error;
    }
  }
}

function runningLogs(pod: V1Pod): ContainerLog[] {
  const { containerStatuses = [], initContainerStatuses = [] } = pod.status;
  return [...initContainerStatuses, ...containerStatuses].flatMap(({ name, containerID = "", restartCount, state }) => {
    if (!state?.running) return [];
    const containerId = containerID.slice(containerID.indexOf("://") + 3);
    return [{ containerId, directory: `${podLogDirectory(pod)}/${name}`, file: `${restartCount ?? 0}.log` }];
  });
}

/** Upstream's: "20060102-150405", in UTC; they sort by time. */
function stamp(ms: number): string {
  return new Date(ms).toISOString().slice(0, 19).replaceAll(/[-:]/g, "").replace("T", "-");
}

interface FormerPlan {
  readonly remove: readonly string[];
  readonly compress: readonly string[];
}

/** What becomes of a log's former ones before it is put aside itself. */
export function planFormer(names: readonly string[], file: string, maxFiles: number): FormerPlan {
  const former = names.filter((name) => FORMER.test(name.slice(file.length)) && name.startsWith(file)).toSorted();
  const isUnused = (name: string) => name.endsWith(TEMPORARY) || former.includes(name + COMPRESSED);
  const used = former.filter((name) => !isUnused(name));
  // Two more stay: the one that is put aside now, and its successor.
  const excess = Math.max(0, used.length - Math.max(0, maxFiles - 2));
  return {
    remove: [...former.filter(isUnused), ...used.slice(0, excess)],
    compress: used.slice(excess).filter((name) => !name.endsWith(COMPRESSED)),
  };
}

const FORMER = /^\.\d{8}-\d{6}(\.gz|\.tmp)?$/;
