import { needsClusterIp, type V1Service } from "@dingi/api";
import { invalid, newInternalError, type Draft } from "@dingi/apimachinery";
import type { Random } from "@dingi/base";
import { Allocator } from "./allocator.ts";
import { IpRange } from "./ip-range.ts";
import { refuse, type Transaction } from "./transaction.ts";

const MIN_BAND = 16;
const MAX_BAND = 256;
const BAND_STEP = 16;

/** The addresses of Services. Upstream: pkg/registry/core/service/storage/alloc.go#allocClusterIPs, #updateClusterIPs */
export class ClusterIps {
  readonly #range: IpRange;
  readonly #free: Allocator;

  /** Throws RangeError when the text is not an IPv4 range. */
  constructor(cidr: string, random: Random) {
    this.#range = new IpRange(cidr);
    this.#free = new Allocator(this.#range.size, band(this.#range.size), random);
    for (const offset of [0, this.#range.size - 1]) this.#free.take(offset);
  }

  /** A Service that was there before this process. */
  adopt({ spec }: V1Service): void {
    const offset = this.#range.hostOffset(spec.clusterIP ?? "");
    if (offset !== undefined) this.#free.take(offset);
  }

  /** Throws StatusError 422 when the address that is asked for cannot be had, 500 when there is none left. */
  allocate(service: Draft<V1Service>, transaction: Transaction): void {
    const { spec } = service;
    if (!needsClusterIp(service) || isHeadless(spec)) return;
    const offset = spec.clusterIP ? this.#takeAsked(service, spec.clusterIP, transaction) : this.#next(service);
    if (offset === undefined) return;
    transaction.took(() => this.#free.release(offset));
    spec.clusterIP = this.#range.at(offset);
    spec.clusterIPs = [spec.clusterIP];
  }

  /**
   * An address comes and goes only with the Service's type; any other change of it is for validation to refuse, and is
   * not looked at here.
   */
  update(service: Draft<V1Service>, before: V1Service, transaction: Transaction): void {
    const [needed, needs] = [needsClusterIp(before), needsClusterIp(service)];
    if (!needed && needs) this.allocate(service, transaction);
    else if (needed && !needs) transaction.frees(() => this.release(before));
  }

  release({ spec }: V1Service): void {
    const offset = this.#range.hostOffset(spec.clusterIP ?? "");
    if (offset !== undefined) this.#free.release(offset);
  }

  #next({ metadata }: Draft<V1Service>): number {
    const offset = this.#free.next();
    if (offset !== undefined) return offset;
    const name = JSON.stringify(metadata.name ?? "");
    throw newInternalError(`failed to allocate a serviceIP for Service ${name}: range is full`);
  }

  /** Undefined: it is only tried, and then another's address will do. */
  #takeAsked(service: Draft<V1Service>, address: string, { dryRun }: Transaction): number | undefined {
    const offset = this.#range.hostOffset(address);
    const fail = (why: string) =>
      refuse(service, [
        invalid("spec.clusterIPs", [...(service.spec.clusterIPs ?? [])], `failed to allocate IP ${address}: ${why}`),
      ]);
    if (dryRun) {
      // Upstream asks another allocator then, which has other words and does not look who has the address.
      const { cidr } = this.#range;
      if (offset === undefined)
        fail(`the provided IP (${address}) is not in the valid range. The range of valid IPs is ${cidr}`);
      return undefined;
    }
    if (offset === undefined) fail("the provided network does not match the current range");
    else if (!this.#free.take(offset)) fail("provided IP is already allocated");
    return offset;
  }
}

/** Addresses below it are given out last: people choose their own there. */
function band(size: number): number {
  return Math.min(Math.max(MIN_BAND, Math.floor(size / BAND_STEP)), MAX_BAND) + 1;
}

const isHeadless = ({ clusterIPs }: Draft<V1Service>["spec"]): boolean => clusterIPs?.[0] === "None";
