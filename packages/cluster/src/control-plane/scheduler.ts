import { Informers } from "@dingi/client";
import { defaultPlugins, Scheduler } from "@dingi/scheduler";
import { systemClock, systemRandom } from "@dingi/base";
import type { ClientFactory, ControlPlaneOptions } from "./control-plane-options.ts";

export async function runScheduler(
  { logger }: ControlPlaneOptions,
  clientOf: ClientFactory,
  signal: AbortSignal,
): Promise<void> {
  const client = clientOf({ name: "system:kube-scheduler" }, "kube-scheduler");
  const common = { client, clock: systemClock, random: systemRandom, logger: logger.with({ component: "scheduler" }) };
  await using informers = new Informers(common);
  await new Scheduler({ ...common, informers, plugins: defaultPlugins(client, informers) }).run(signal);
}
