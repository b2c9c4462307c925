import { Informers } from "@dingi/client";
import { defaultPlugins, Scheduler } from "@dingi/scheduler";
import { systemClock, systemRandom } from "@dingi/base";
import { whileLeading } from "./leadership.ts";
import type { ClientFactory, ControlPlaneOptions } from "./control-plane-options.ts";

export async function runScheduler(
  { config, logger }: ControlPlaneOptions,
  clientOf: ClientFactory,
  signal: AbortSignal,
): Promise<void> {
  const client = clientOf({ name: "system:kube-scheduler" }, "kube-scheduler");
  const own = logger.with({ component: "scheduler" });
  const common = { client, clock: systemClock, random: systemRandom, logger: own };
  const schedule = async (leading: AbortSignal): Promise<void> => {
    await using informers = new Informers(common);
    await new Scheduler({ ...common, informers, plugins: defaultPlugins({ ...common, informers }) }).run(leading);
  };
  await whileLeading({ config, client, logger: own, component: "kube-scheduler" }, schedule, signal);
}
