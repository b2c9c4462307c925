import { IpRange } from "@dingi/api";
import { describeError, type Clock, type Logger, type Random } from "@dingi/base";
import type { Client } from "@dingi/client";
import type { Store } from "@dingi/store";
import type { StoreFeed } from "../cacher/store-feed.ts";
import type { PortAllocator } from "../registry/service/port-allocator.ts";
import { IpRepair } from "../registry/service/repair-ips.ts";
import { PortRepair } from "../registry/service/repair-ports.ts";
import { DefaultServiceCidr } from "./default-service-cidr.ts";
import { EndpointsLease } from "./endpoints-lease.ts";
import { KubernetesService, publishAuthentication } from "./kubernetes-service.ts";

interface UpkeepOptions {
  readonly store: Store;
  readonly feed: StoreFeed;
  readonly ports: PortAllocator;
  readonly client: Client;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly serviceCidrs: readonly string[];
  readonly advertise: { readonly address: string; readonly port: number };
  readonly clientCa: string;
  readonly requestHeaderCa: string;
}

/**
 * What an API server sees to by itself, beside its requests: the Service and the addresses by which it is found, and that
 * what was given to Services is what they have. Resolves when Services can be made; what comes back goes on until its signal
 * aborts.
 */
export async function beginUpkeep(options: UpkeepOptions): Promise<(signal: AbortSignal) => Promise<void>> {
  const { client, logger, serviceCidrs, advertise } = options;
  const defaultCidr = new DefaultServiceCidr({ ...options, cidrs: serviceCidrs });
  const portRepair = new PortRepair(options);
  const service = new KubernetesService({
    ...options,
    lease: new EndpointsLease(options.store, advertise.address),
    clusterIp: new IpRange(serviceCidrs[0]!).host(0n),
    port: advertise.port,
  });
  await Promise.all([defaultCidr.sync(), portRepair.repair()]);
  return async (signal) => {
    await Promise.all([
      defaultCidr.run(signal),
      portRepair.run(signal),
      new IpRepair(options).run(signal),
      service.run(signal),
      publishAuthentication(client, options).catch((error: unknown) =>
        logger.error("How requests are authenticated was not published", { error: describeError(error) }),
      ),
    ]);
  };
}
