import type { Clock, Logger } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { StoreFeed } from "../cacher/store-feed.ts";
import { periodically } from "../periodically.ts";
import { DefaultKeeper } from "./default-keeper.ts";
import type { FlowController } from "./flow-controller.ts";

/** Upstream: apiserver/pkg/util/flowcontrol/apf_controller.go#borrowingAdjustmentPeriod */
const ADJUST_MS = 10_000;

interface FlowUpkeepOptions {
  readonly feed: StoreFeed;
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
}

/** Looks after the default objects, and shares seats by what is wanted, until the signal aborts. */
export async function keepFlowControl(
  options: FlowUpkeepOptions,
  controller: FlowController,
  signal: AbortSignal,
): Promise<void> {
  const work = async () => controller.adjust();
  const onFailure = (error: unknown) => options.logger.error("Seats were not shared anew", { error });
  await Promise.all([
    new DefaultKeeper(options).run(signal, () => controller.begin()),
    periodically({ clock: options.clock, everyMs: ADJUST_MS, work, onFailure }, signal),
  ]);
}
