import { hostname } from "node:os";
import { runAsLeader, type Client } from "@dingi/client";
import { systemClock, systemRandom, type Logger } from "@dingi/base";
import type { ClusterConfig } from "../config/cluster-config.ts";
import { booleanFlag, durationFlag } from "../config/flags.ts";

interface LeadershipOptions {
  readonly config: ClusterConfig;
  readonly client: Client;
  readonly logger: Logger;
  /** The Lease in kube-system: the component's name. */
  readonly component: "kube-controller-manager" | "kube-scheduler";
}

/**
 * Does what only one control plane at a time may do. Where others may share the store, a Lease decides who; an embedded
 * store has but this one. The times are shorter than upstream's, for another to take over within five seconds.
 * Upstream's flags: --leader-elect and --leader-elect-*. Rejects with LeadershipLostError, after which the process must end.
 */
export async function whileLeading(
  { config, client, logger, component }: LeadershipOptions,
  work: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal,
): Promise<void> {
  const { flags } = config;
  if (!booleanFlag(flags, "leader-elect", config.store === "etcd")) return await work(signal);
  await runAsLeader(
    {
      client,
      clock: systemClock,
      random: systemRandom,
      logger,
      lock: { namespace: "kube-system", name: component },
      identity: `${hostname()}_${systemRandom.uuid()}_${process.pid}`,
      leaseDurationMs: durationFlag(flags, "leader-elect-lease-duration", 3_000),
      renewDeadlineMs: durationFlag(flags, "leader-elect-renew-deadline", 2_400),
      retryPeriodMs: durationFlag(flags, "leader-elect-retry-period", 500),
    },
    work,
    signal,
  );
}
