import { initIpFamilies, keepAllocated, normalizeClusterIps, type V1Service } from "@dingi/api";
import type { Draft, Finish, IpFamily, KubeObject, StorageHooks, StrategyContext } from "@dingi/apimachinery";
import { ClusterIps } from "./cluster-ips.ts";
import { IpAllocator, type IpAllocatorOptions } from "./ip-allocator.ts";
import { NodePorts } from "./node-ports.ts";
import type { PortAllocator } from "./port-allocator.ts";
import { refuse, Transaction } from "./transaction.ts";

export interface ServiceHooksOptions extends IpAllocatorOptions {
  /** Those of the cluster, its default first. */
  readonly ipFamilies: readonly IpFamily[];
  readonly ports: PortAllocator;
}

/** Gives Services their cluster IPs and node ports. Upstream: pkg/registry/core/service/storage/{storage,alloc}.go */
export class ServiceAllocation implements StorageHooks<KubeObject> {
  readonly #ips: ClusterIps;
  readonly #ports: PortAllocator;
  readonly #families: readonly IpFamily[];

  constructor(options: ServiceHooksOptions) {
    this.#ips = new ClusterIps(new IpAllocator(options));
    this.#ports = options.ports;
    this.#families = options.ipFamilies;
  }

  beginCreate(object: Draft<KubeObject>, { dryRun }: StrategyContext): Promise<Finish> {
    const service = object as Draft<V1Service>;
    return attempt(dryRun, async (transaction) => {
      normalizeClusterIps(service);
      refuse(service, initIpFamilies(service, undefined, this.#families));
      await this.#ips.allocate(service, transaction);
      await this.#portsOf(transaction).allocate(service, transaction);
    });
  }

  beginUpdate(object: Draft<KubeObject>, old: KubeObject, { dryRun }: StrategyContext): Promise<Finish> {
    const service = object as Draft<V1Service>;
    const before = old as V1Service;
    return attempt(dryRun, async (transaction) => {
      keepAllocated(service, before);
      normalizeClusterIps(service, before);
      refuse(service, initIpFamilies(service, before, this.#families));
      await this.#ips.update(service, before, transaction);
      await this.#portsOf(transaction).update(service, before, transaction);
    });
  }

  async afterDelete(object: KubeObject): Promise<void> {
    await this.#ips.release(object as V1Service);
    await new NodePorts(this.#ports).release(object as V1Service);
  }

  /** Who only tries changes nothing, not even for a moment. */
  #portsOf({ dryRun }: Transaction): NodePorts {
    return new NodePorts(dryRun ? this.#ports.dryRun() : this.#ports);
  }
}

/** What was taken before a failure is given back. */
async function attempt(dryRun: boolean, work: (transaction: Transaction) => Promise<void>): Promise<Finish> {
  const transaction = new Transaction(dryRun);
  try {
    await work(transaction);
  } catch (error) {
    await transaction.finish("refused");
    throw error;
  }
  return (fate) => transaction.finish(fate);
}
