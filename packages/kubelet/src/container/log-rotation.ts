import type { V1Pod } from "@dingi/api";
import type { ContainerRuntime } from "@dingi/cri";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Host } from "../host/host.ts";
import { podLogDirectory } from "./sandbox-config.ts";

export interface LogRotationOptions {
  readonly cri: ContainerRuntime;
  readonly host: Host;
  readonly clock: Clock;
  readonly logger: Logger;
  /** A log that is larger gets a successor. */
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

/**
 * Keeps the logs of running containers small. Upstream: pkg/kubelet/logs/container_log_manager.go
 * Differs: former logs are not compressed, because what they may take is bounded and pays no CPU time.
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
        if (size !== undefined && size > maxBytes) await this.#rotateOne(log, signal);
      } catch (error) {
        if (signal.aborted) return;
        logger.warn("Container log was not rotated", { path: log.file, error: describeError(error) });
      }
    }
  }

  async #rotateOne({ containerId, directory, file }: ContainerLog, signal: AbortSignal): Promise<void> {
    const { cri, host, clock, maxFiles = MAX_FILES } = this.#options;
    const path = `${directory}/${file}`;
    const former = (await host.listDirectory(directory)).filter((name) => isFormer(name, file)).toSorted();
    // Two stay: the one that is moved away now, and the new one.
    for (const name of former.slice(0, Math.max(0, former.length - (maxFiles - 2)))) {
      await host.removeTree(`${directory}/${name}`);
    }
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

function isFormer(name: string, file: string): boolean {
  return name.startsWith(`${file}.`) && /^\d{8}-\d{6}$/.test(name.slice(file.length + 1));
}
