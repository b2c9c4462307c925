import { initIpFamilies, keepAllocated, normalizeClusterIps, Service, type V1Service } from "@dingi/api";
import type { Draft, Finish, IpFamily, KubeObject, StorageHooks, StrategyContext } from "@dingi/apimachinery";
import type { Random } from "@dingi/base";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { ClusterIps } from "./cluster-ips.ts";
import { NodePorts, type PortRange } from "./node-ports.ts";
import { refuse, Transaction } from "./transaction.ts";

/** The cluster has one family of addresses. */
const FAMILIES: readonly IpFamily[] = ["IPv4"];

export interface ServiceHooksOptions {
  readonly feed: StoreFeed;
  readonly random: Random;
  /** "10.96.0.0/16" */
  readonly serviceCidr: string;
  readonly nodePorts: PortRange;
}

/** Gives Services their cluster IPs and node ports. Upstream: pkg/registry/core/service/storage/{storage,alloc}.go */
export class ServiceAllocation implements StorageHooks<KubeObject> {
  readonly #ips: ClusterIps;
  readonly #ports: NodePorts;

  constructor({ serviceCidr, nodePorts, random, feed }: ServiceHooksOptions) {
    this.#ips = new ClusterIps(serviceCidr, random);
    this.#ports = new NodePorts(nodePorts, random);
    for (const stored of feed.cache(Service).snapshot().values()) {
      this.#ips.adopt(stored.object as V1Service);
      this.#ports.adopt(stored.object as V1Service);
    }
  }

  beginCreate(object: Draft<KubeObject>, { dryRun }: StrategyContext): Promise<Finish> {
    const service = object as Draft<V1Service>;
    return attempt(dryRun, (transaction) => {
      normalizeClusterIps(service);
      refuse(service, initIpFamilies(service, undefined, FAMILIES));
      this.#ips.allocate(service, transaction);
      this.#ports.allocate(service, transaction);
    });
  }

  beginUpdate(object: Draft<KubeObject>, old: KubeObject, { dryRun }: StrategyContext): Promise<Finish> {
    const service = object as Draft<V1Service>;
    const before = old as V1Service;
    return attempt(dryRun, (transaction) => {
      keepAllocated(service, before);
      normalizeClusterIps(service, before);
      refuse(service, initIpFamilies(service, before, FAMILIES));
      this.#ips.update(service, before, transaction);
      this.#ports.update(service, before, transaction);
    });
  }

  afterDelete(object: KubeObject): Promise<void> {
    this.#ips.release(object as V1Service);
    this.#ports.release(object as V1Service);
    return Promise.resolve();
  }
}

/** What was taken before a failure is given back. */
async function attempt(dryRun: boolean, work: (transaction: Transaction) => void): Promise<Finish> {
  const transaction = new Transaction(dryRun);
  try {
    work(transaction);
  } catch (error) {
    transaction.finish(false);
    throw error;
  }
  return (committed) => transaction.finish(committed);
}
