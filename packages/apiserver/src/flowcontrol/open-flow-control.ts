import type { Clock, Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { MetricsRegistry } from "@dingi/component-base";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { addFlowControlMetrics } from "../metrics/flow-control-metrics.ts";
import type { Filter } from "../request/filter.ts";
import { flowControl } from "../request/flow-control.ts";
import { MaxInFlight, type InFlightLimits } from "../request/max-in-flight.ts";
import { priorityAndFairness } from "../request/priority-and-fairness.ts";
import type { NonResourceRouter } from "../routing/non-resource-router.ts";
import { mountDumps } from "./dumps.ts";
import { FlowController } from "./flow-controller.ts";
import { resourceStats } from "./resource-stats.ts";
import { keepFlowControl } from "./upkeep.ts";

interface FlowControlOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  /** Both together are all seats of priority and fairness; without it, each is a limit of its own. */
  readonly maxInFlight: InFlightLimits;
  /** On when absent, where anything is limited. */
  readonly priorityAndFairness?: boolean;
  readonly requestTimeoutMs: number;
}

/** Who is let in, and when. */
interface FlowControl {
  readonly filter: Filter;
  /** Shows what goes on. */
  mount(router: NonResourceRouter, registry: MetricsRegistry): void;
  /** Looks after its objects, as the given client, until the signal aborts. */
  keep(client: Client, signal: AbortSignal): Promise<void>;
}

export function openFlowControl(feed: StoreFeed, options: FlowControlOptions): FlowControl {
  const { maxInFlight, clock, logger, requestTimeoutMs } = options;
  const seats = maxInFlight.reading + maxInFlight.mutating;
  if (options.priorityAndFairness === false || seats === 0)
    return { filter: flowControl(new MaxInFlight(maxInFlight)), mount: () => {}, keep: () => Promise.resolve() };
  const controller = new FlowController(feed, clock, seats);
  return {
    filter: priorityAndFairness({ controller, clock, requestTimeoutMs, stats: resourceStats(feed) }),
    mount(router, registry) {
      addFlowControlMetrics(registry, controller);
      mountDumps(router, controller);
    },
    keep: (client, signal) => keepFlowControl({ feed, client, clock, logger }, controller, signal),
  };
}
