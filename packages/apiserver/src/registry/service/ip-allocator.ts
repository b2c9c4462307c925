import {
  canonicalIp,
  IP_ALLOCATOR,
  IP_FAMILY_LABEL,
  IP_MANAGED_BY_LABEL,
  IPAddress,
  type IpRange,
  rangesOf,
  ServiceCIDR,
  type V1IPAddress,
  type V1Service,
  type V1ServiceCIDR,
} from "@dingi/api";
import {
  ignoreNotFound,
  isAlreadyExists,
  parseIp,
  type AnyKind,
  type Draft,
  type IpFamily,
  type V1ObjectMeta,
} from "@dingi/apimachinery";
import { describeError, type Logger, type Random } from "@dingi/base";
import type { Client, NewObject } from "@dingi/client";
import type { StoreFeed } from "../../cacher/store-feed.ts";

/** Among so many addresses the first one that is tried is chosen. */
const LARGEST_CHOICE = 2n ** 48n;

export interface IpAllocatorOptions {
  readonly feed: StoreFeed;
  readonly random: Random;
  readonly logger: Logger;
  /** The API server's own, once it can be asked. */
  readonly client: () => Client;
}

/** Why an address cannot be had; the text is upstream's. */
export class AllocationError extends Error {
  override name = "AllocationError";
}

/** Every address of the family is taken. */
export class RangeFullError extends AllocationError {
  override name = "RangeFullError";
}

/**
 * Addresses of Services, each an IPAddress object: who makes it has the address, whichever of several API servers he asked.
 * They come from the ranges of the ServiceCIDRs that are ready.
 * Upstream: pkg/registry/core/service/ipallocator/{cidrallocator,ipallocator}.go
 */
export class IpAllocator {
  readonly #options: IpAllocatorOptions;

  constructor(options: IpAllocatorOptions) {
    this.#options = options;
  }

  /** Throws AllocationError. */
  async take(service: Draft<V1Service>, address: string): Promise<void> {
    this.#require(address);
    if (!(await this.#claim(service, address))) throw new AllocationError("provided IP is already allocated");
  }

  /** As `take`, for one who only tries: nobody looks then who has the address. Throws AllocationError. */
  tryTake(address: string): void {
    const ip = parseIp(address);
    const [range] = this.#ready(ip?.family ?? "IPv4");
    if (!ip || !range?.hasHost(ip))
      throw new AllocationError(
        `the provided IP (${address}) is not in the valid range. The range of valid IPs is ${range?.cidr ?? ""}`,
      );
  }

  /** Throws RangeFullError. */
  async next(service: Draft<V1Service>, family: IpFamily): Promise<string> {
    for (const range of this.#ready(family)) {
      for (const address of candidates(range, this.#options.random)) {
        if (!this.#isTaken(address) && (await this.#claim(service, address))) return address;
      }
    }
    throw new RangeFullError("range is full");
  }

  /** What `next` answers to one who only tries: the range's own address. Throws RangeFullError. */
  tryNext(family: IpFamily): string {
    const [range] = this.#ready(family);
    if (!range) throw new RangeFullError("range is full");
    return range.host(-1n);
  }

  /** Never throws: what is left is cleaned up later (`repair-ips.ts`). */
  async release(address: string): Promise<void> {
    const { client, logger } = this.#options;
    try {
      await client()
        .delete(IPAddress, { namespace: "", name: canonicalIp(address) ?? address })
        .catch(ignoreNotFound);
    } catch (error) {
      logger.warn("A Service's address was not given back", { address, error: describeError(error) });
    }
  }

  #require(address: string): void {
    const ip = parseIp(address);
    if (!ip || !this.#ready(ip.family).some((range) => range.hasHost(ip)))
      throw new AllocationError("the provided network does not match the current range");
  }

  #isTaken(address: string): boolean {
    return this.#options.feed.cache(IPAddress as unknown as AnyKind).get(address) !== undefined;
  }

  /** False when somebody else has it. */
  async #claim(service: Draft<V1Service>, address: string): Promise<boolean> {
    try {
      await this.#options.client().create(IPAddress, addressFor(service.metadata, address));
      return true;
    } catch (error) {
      if (isAlreadyExists(error)) return false;
      throw new AllocationError(error instanceof Error ? error.message : String(error), { cause: error });
    }
  }

  /** Of the ServiceCIDRs that are not on their way out. */
  #ready(family: IpFamily): IpRange[] {
    const cidrs = [
      ...this.#options.feed
        .cache(ServiceCIDR as unknown as AnyKind)
        .snapshot()
        .values(),
    ];
    return cidrs
      .map(({ object }) => object as V1ServiceCIDR)
      .filter(isReady)
      .flatMap(rangesOf)
      .filter((range) => range.family === family);
  }
}

/** One whose condition nobody has set yet is ready, too: its controller may not run. */
function isReady({ metadata, status }: V1ServiceCIDR): boolean {
  const ready = status.conditions?.find(({ type }) => type === "Ready");
  return metadata.deletionTimestamp === undefined && (ready === undefined || ready.status === "True");
}

/** All of the range, from a random one on; those of the lower band last. */
function* candidates(range: IpRange, random: Random): Generator<string> {
  yield* circle(range, [range.band, range.hosts], random);
  yield* circle(range, [0n, range.band], random);
}

function* circle(range: IpRange, [from, to]: readonly [from: bigint, to: bigint], random: Random): Generator<string> {
  const span = to - from;
  if (span <= 0n) return;
  const start = BigInt(random.int(Number(span < LARGEST_CHOICE ? span : LARGEST_CHOICE)));
  for (let i = 0n; i < span; i++) yield range.host(from + ((start + i) % span));
}

/** The object that gives an address to a Service. */
export function addressFor(
  { namespace = "", name = "" }: Pick<V1ObjectMeta, "namespace" | "name">,
  address: string,
): NewObject<V1IPAddress> {
  const canonical = canonicalIp(address) ?? address;
  return {
    metadata: {
      name: canonical,
      labels: { [IP_FAMILY_LABEL]: canonical.includes(":") ? "IPv6" : "IPv4", [IP_MANAGED_BY_LABEL]: IP_ALLOCATOR },
    },
    spec: { parentRef: { group: "", resource: "services", namespace, name } },
  };
}
