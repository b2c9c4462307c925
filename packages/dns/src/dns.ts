import { aborted, describeError, type Clock, type Logger } from "@dingi/base";
import type { Informers } from "@dingi/client";
import { DnsServer, type ListenAddress } from "./dns-server.ts";
import { Forwarder } from "./forwarder.ts";
import { RecordIndex } from "./record-index.ts";
import { Responder } from "./responder.ts";

interface DnsOptions {
  readonly informers: Informers;
  readonly clock: Clock;
  readonly logger: Logger;
  /** Usually "cluster.local". */
  readonly clusterDomain: string;
  readonly listen: readonly ListenAddress[];
  /** Resolvers, `host:port`, for all other names; may be empty. */
  readonly upstreams: () => readonly string[];
}

const MIN_BACKOFF_MS = 200;
const MAX_BACKOFF_MS = 10_000;

/**
 * Serves the cluster's names, and passes other names on, until the signal aborts. An address that cannot be had is tried
 * again. Upstream: coredns plugin/kubernetes with kubeadm's Corefile
 */
export async function runDns(options: DnsOptions, signal: AbortSignal): Promise<void> {
  const { informers, clock, logger, clusterDomain, listen, upstreams } = options;
  using records = new RecordIndex(informers, clusterDomain);
  informers.start();
  const forwarder = new Forwarder({ clock, upstreams });
  const responder = new Responder({ records, forwarder, logger });
  await Promise.all(listen.map((address) => serve(address, responder, { clock, logger, signal })));
}

async function serve(
  address: ListenAddress,
  responder: Responder,
  { clock, logger, signal }: Pick<DnsOptions, "clock" | "logger"> & { signal: AbortSignal },
): Promise<void> {
  let backoffMs = MIN_BACKOFF_MS;
  const ended = aborted(signal);
  while (!signal.aborted) {
    try {
      await using server = new DnsServer(address, responder);
      await server.listen();
      logger.info("Served DNS", { ...address });
      backoffMs = MIN_BACKOFF_MS;
      await Promise.race([server.failed, ended]);
    } catch (error) {
      logger.warn("Could not serve DNS; retrying", { ...address, error: describeError(error), afterMs: backoffMs });
      await clock.sleep(backoffMs, signal).catch(() => {});
      backoffMs = Math.min(backoffMs * 2, MAX_BACKOFF_MS);
    }
  }
}
