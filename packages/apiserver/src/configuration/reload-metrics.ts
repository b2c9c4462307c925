import { createHash } from "node:crypto";
import type { Clock } from "@dingi/base";
import type { MetricsRegistry } from "@dingi/component-base";

interface ReloadMetricsOptions {
  readonly registry: MetricsRegistry;
  readonly clock: Clock;
  /** "authentication" or "authorization". */
  readonly about: string;
  readonly text: string;
}

/** How often a configuration was read anew, and which one is followed. Upstream: apiserver/pkg/server/options/authenticationconfig/metrics/metrics.go */
export class ReloadMetrics {
  readonly #clock: Clock;
  readonly #counts = { success: 0, failure: 0 };
  readonly #timesMs: { success?: number; failure?: number } = {};
  #hash: string;

  constructor({ registry, clock, about, text }: ReloadMetricsOptions) {
    this.#clock = clock;
    this.#hash = hashOf(text);
    const prefix = `apiserver_${about}_config_controller`;
    registry.counter<"status">({
      name: `${prefix}_automatic_reloads_total`,
      help: `Reloads of the ${about} configuration by status`,
      labels: ["status"],
      collect: (counter) => {
        counter.reset();
        for (const status of STATUSES) if (this.#counts[status] > 0) counter.inc({ status }, this.#counts[status]);
      },
    });
    registry.gauge<"status">({
      name: `${prefix}_automatic_reload_last_timestamp_seconds`,
      help: `When the ${about} configuration was reloaded last, by status`,
      labels: ["status"],
      collect: (gauge) => {
        gauge.reset();
        for (const status of STATUSES) {
          const timeMs = this.#timesMs[status];
          if (timeMs !== undefined) gauge.set({ status }, timeMs / 1000);
        }
      },
    });
    registry.gauge<"hash">({
      name: `${prefix}_last_config_info`,
      help: `The hash of the ${about} configuration that is followed`,
      labels: ["hash"],
      collect: (gauge) => {
        gauge.reset();
        gauge.set({ hash: this.#hash }, 1);
      },
    });
  }

  failed(): void {
    this.#count("failure");
  }

  reloaded(text: string): void {
    this.#hash = hashOf(text);
    this.#count("success");
  }

  #count(status: Status): void {
    this.#counts[status]++;
    this.#timesMs[status] = this.#clock.now();
  }
}

const STATUSES = ["success", "failure"] as const;
type Status = (typeof STATUSES)[number];

const hashOf = (text: string): string => `sha256:${createHash("sha256").update(text).digest("hex")}`;
