import { describeError, type Clock, type Logger } from "@dingi/base";
import { periodically } from "../periodically.ts";
import type { ConfigurationFile } from "./configuration-file.ts";
import type { ReloadMetrics } from "./reload-metrics.ts";

/** Differs: upstream is told by the kernel, and looks once a minute besides. */
const POLL_MS = 10_000;

interface ReloadOptions<T> {
  readonly file: ConfigurationFile;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly metrics: ReloadMetrics;
  /** Reads and checks it. What throws here will never be good, and is not tried again. */
  readonly prepare: (text: string) => T;
  /** Takes it in place of what is followed. What throws here may be good later, and is tried again. */
  readonly use: (prepared: T, signal: AbortSignal) => Promise<void> | void;
}

/**
 * Follows a configuration file as it changes, until the signal aborts; one that cannot be followed is told of once, and that
 * of before stays. Upstream: pkg/kubeapiserver/options/authentication.go#ApplyTo
 */
export async function reloadConfiguration<T>(options: ReloadOptions<T>, signal: AbortSignal): Promise<void> {
  const reload = new Reload(options);
  const { clock } = options;
  const onFailure = (error: unknown) => reload.failed(error);
  await periodically({ clock, everyMs: POLL_MS, work: () => reload.look(signal), onFailure }, signal);
}

class Reload<T> {
  readonly #options: ReloadOptions<T>;
  /** What it need not look at again. */
  #seen: string;
  #problem: string | undefined;

  constructor(options: ReloadOptions<T>) {
    this.#options = options;
    this.#seen = options.file.text;
  }

  async look(signal: AbortSignal): Promise<void> {
    const { file, prepare, use, metrics, logger } = this.#options;
    const text = await file.read();
    if (text === this.#seen) return;
    const prepared = this.#prepared(text, prepare);
    await use(prepared, signal);
    this.#seen = text;
    this.#problem = undefined;
    metrics.reloaded(text);
    logger.info("A configuration was reloaded", { path: file.path });
  }

  failed(error: unknown): void {
    const { file, metrics, logger } = this.#options;
    metrics.failed();
    const problem = describeError(error);
    if (problem !== this.#problem)
      logger.error("A configuration was not reloaded", { path: file.path, error: problem });
    this.#problem = problem;
  }

  #prepared(text: string, prepare: (text: string) => T): T {
    try {
      return prepare(text);
    } catch (error) {
      this.#seen = text;
      throw error;
    }
  }
}
