import type { MetricsRegistry } from "@dingi/component-base";
import type { WebhookAuthorizerOptions } from "./webhook-authorizer.ts";

const BUCKETS = [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10];

/** Upstream: apiserver/plugin/pkg/authorizer/webhook/metrics/metrics.go */
export class WebhookMetrics {
  readonly #evaluations;
  readonly #duration;
  readonly #failedOpen;

  constructor(registry: MetricsRegistry) {
    this.#evaluations = registry.counterVec({
      name: "apiserver_authorization_webhook_evaluations_total",
      help: "Questions that webhooks of authorization were asked, by result",
    });
    this.#duration = registry.histogramVec({
      name: "apiserver_authorization_webhook_duration_seconds",
      help: "Seconds in which webhooks of authorization have answered",
      buckets: BUCKETS,
    });
    this.#failedOpen = registry.counterVec({
      name: "apiserver_authorization_webhook_evaluations_fail_open_total",
      help: "Questions that others were left to decide, because a webhook of authorization failed",
    });
  }

  /** @param name Of the authorizer. */
  of(name: string): WebhookAuthorizerOptions["metrics"] {
    return {
      evaluated: (result, tookMs) => {
        this.#evaluations.with({ name, result }).inc();
        this.#duration.with({ name, result }).observe(tookMs / 1000);
      },
      failedOpen: (result) => this.#failedOpen.with({ name, result }).inc(),
    };
  }
}
