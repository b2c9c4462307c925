import {
  initIpFamilies,
  keepAllocated,
  needsClusterIp,
  needsHealthCheckNodePort,
  needsNodePort,
  normalizeClusterIps,
  Service,
  type V1Service,
} from "@dingi/api";
import {
  groupOf,
  internalError,
  invalid,
  newInvalid,
  type Draft,
  type FieldError,
  type Finish,
  type IpFamily,
  type KubeObject,
  type StorageHooks,
} from "@dingi/apimachinery";
import type { Random } from "@dingi/base";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { Allocator } from "./allocator.ts";
import { IpRange } from "./ip-range.ts";

/** The cluster has one family of addresses. */
const FAMILIES: readonly IpFamily[] = ["IPv4"];

const MIN_BAND = 16;
const MAX_BAND = 256;
const BAND_STEP = 16;

export interface ServiceHooksOptions {
  readonly feed: StoreFeed;
  readonly random: Random;
  /** "10.96.0.0/16" */
  readonly serviceCidr: string;
  readonly nodePorts: { readonly from: number; readonly to: number };
}

/** What a write has taken, to be given back if it fails; and what it sets free if it succeeds. */
class Transaction {
  readonly #undo: (() => void)[] = [];
  readonly #onCommit: (() => void)[] = [];

  took(undo: () => void): void {
    this.#undo.push(undo);
  }

  frees(release: () => void): void {
    this.#onCommit.push(release);
  }

  finish(committed: boolean): void {
    for (const step of committed ? this.#onCommit : this.#undo) step();
  }
}

/** Gives Services their cluster IPs and node ports. Upstream: pkg/registry/core/service/storage/alloc.go */
export class ServiceAllocation implements StorageHooks<KubeObject> {
  readonly #range: IpRange;
  readonly #ips: Allocator;
  readonly #ports: Allocator;
  readonly #firstPort: number;
  readonly #portCount: number;

  constructor(options: ServiceHooksOptions) {
    const { serviceCidr, nodePorts, random, feed } = options;
    this.#range = new IpRange(serviceCidr);
    this.#ips = new Allocator(this.#range.size, band(this.#range.size), random);
    this.#firstPort = nodePorts.from;
    this.#portCount = nodePorts.to - nodePorts.from + 1;
    this.#ports = new Allocator(this.#portCount, 0, random);
    for (const offset of [0, this.#range.size - 1]) this.#ips.take(offset);
    for (const stored of feed.cache(Service).snapshot().values()) this.#adopt(stored.object as V1Service);
  }

  async beginCreate(object: Draft<KubeObject>): Promise<Finish> {
    const service = object as Draft<V1Service>;
    normalizeClusterIps(service);
    refuse(service, initIpFamilies(service, undefined, FAMILIES));
    return await this.#attempt(service, (transaction) => {
      this.#allocateIp(service, transaction);
      this.#allocatePorts(service, undefined, transaction);
    });
  }

  async beginUpdate(object: Draft<KubeObject>, old: KubeObject): Promise<Finish> {
    const service = object as Draft<V1Service>;
    const before = old as V1Service;
    keepAllocated(service, before);
    normalizeClusterIps(service, before);
    refuse(service, initIpFamilies(service, before, FAMILIES));
    return await this.#attempt(service, (transaction) => {
      this.#updateIp(service, before, transaction);
      this.#allocatePorts(service, before, transaction);
      const kept = new Set(portsOf(service));
      for (const port of portsOf(before))
        if (!kept.has(port)) transaction.frees(() => this.#ports.release(port - this.#firstPort));
    });
  }

  afterDelete(object: KubeObject): Promise<void> {
    const service = object as V1Service;
    this.#releaseIp(service.spec.clusterIP);
    for (const port of portsOf(service)) this.#ports.release(port - this.#firstPort);
    return Promise.resolve();
  }

  async #attempt(service: Draft<V1Service>, work: (transaction: Transaction) => void): Promise<Finish> {
    const transaction = new Transaction();
    try {
      work(transaction);
    } catch (error) {
      transaction.finish(false);
      if (error instanceof AllocationError) refuse(service, [error.fieldError]);
      throw error;
    }
    return (committed) => transaction.finish(committed);
  }

  #adopt(service: V1Service): void {
    const offset = this.#range.offset(service.spec.clusterIP ?? "");
    if (offset !== undefined) this.#ips.take(offset);
    for (const port of portsOf(service)) this.#ports.take(port - this.#firstPort);
  }

  #updateIp(service: Draft<V1Service>, before: V1Service, transaction: Transaction): void {
    const had = hasClusterIp(before);
    const needs = takesClusterIp(service);
    if (!had && needs) this.#allocateIp(service, transaction);
    else if (had && !needs) transaction.frees(() => this.#releaseIp(before.spec.clusterIP));
  }

  #allocateIp(service: Draft<V1Service>, transaction: Transaction): void {
    if (!takesClusterIp(service)) return;
    const asked = service.spec.clusterIP;
    const offset = asked ? this.#takeAsked(asked) : this.#ips.next();
    if (offset === undefined)
      throw new AllocationError(internalError("spec.clusterIPs", "failed to allocate a serviceIP: range is full"));
    transaction.took(() => this.#ips.release(offset));
    service.spec.clusterIP = this.#range.at(offset);
    service.spec.clusterIPs = [service.spec.clusterIP];
  }

  #takeAsked(address: string): number {
    const offset = this.#range.offset(address);
    const refuse = (why: string) =>
      new AllocationError(invalid("spec.clusterIPs", [address], `failed to allocate IP ${address}: ${why}`));
    if (offset === undefined) throw refuse("the provided network does not match the current range");
    if (!this.#ips.take(offset)) throw refuse("provided IP is already allocated");
    return offset;
  }

  #releaseIp(address: string | undefined): void {
    const offset = this.#range.offset(address ?? "");
    if (offset !== undefined) this.#ips.release(offset);
  }

  #allocatePorts(service: Draft<V1Service>, before: V1Service | undefined, transaction: Transaction): void {
    const own = new Set(before ? portsOf(before) : []);
    this.#allocateHealthPort(service, own, transaction);
    if (!needsNodePort(service)) return;
    for (const [i, port] of (service.spec.ports ?? []).entries()) {
      if (port.nodePort && own.has(port.nodePort)) continue;
      const offset = port.nodePort
        ? this.#takePort(port.nodePort, `spec.ports[${i}].nodePort`, own)
        : this.#ports.next();
      if (offset === undefined)
        throw new AllocationError(
          internalError(`spec.ports[${i}].nodePort`, "failed to allocate a nodePort: range is full"),
        );
      transaction.took(() => this.#ports.release(offset));
      port.nodePort = this.#firstPort + offset;
      own.add(port.nodePort);
    }
  }

  #allocateHealthPort(service: Draft<V1Service>, own: Set<number>, transaction: Transaction): void {
    const { spec } = service;
    if (!needsHealthCheckNodePort(service) || (spec.healthCheckNodePort && own.has(spec.healthCheckNodePort))) return;
    const offset = spec.healthCheckNodePort
      ? this.#takePort(spec.healthCheckNodePort, "spec.healthCheckNodePort", own)
      : this.#ports.next();
    if (offset === undefined)
      throw new AllocationError(
        internalError("spec.healthCheckNodePort", "failed to allocate a nodePort: range is full"),
      );
    transaction.took(() => this.#ports.release(offset));
    spec.healthCheckNodePort = this.#firstPort + offset;
    own.add(spec.healthCheckNodePort);
  }

  #takePort(port: number, field: string, own: ReadonlySet<number>): number {
    const offset = port - this.#firstPort;
    const refuse = (why: string) => new AllocationError(invalid(field, port, why));
    if (offset < 0 || offset >= this.#portCount) {
      throw refuse(
        `provided port is not in the valid range. The range of valid ports is ${this.#firstPort}-${this.#firstPort + this.#portCount - 1}`,
      );
    }
    if (!own.has(port) && !this.#ports.take(offset)) throw refuse("provided port is already allocated");
    return offset;
  }
}

class AllocationError extends Error {
  readonly fieldError: FieldError;

  constructor(fieldError: FieldError) {
    super(fieldError.detail);
    this.fieldError = fieldError;
  }
}

function band(size: number): number {
  return Math.min(Math.max(MIN_BAND, Math.floor(size / BAND_STEP)), MAX_BAND) + 1;
}

/** A headless Service has "None" for an address, which nobody allocates. */
function takesClusterIp(service: V1Service | Draft<V1Service>): boolean {
  return needsClusterIp(service) && service.spec.clusterIP !== "None";
}

function hasClusterIp({ spec }: V1Service): boolean {
  return spec.clusterIP !== undefined && spec.clusterIP !== "" && spec.clusterIP !== "None";
}

function refuse({ metadata }: Draft<V1Service>, errors: readonly FieldError[]): void {
  if (errors.length > 0)
    throw newInvalid({ group: groupOf(Service.apiVersion), kind: "Service" }, metadata.name ?? "", errors);
}

function portsOf({ spec }: V1Service | Draft<V1Service>): number[] {
  const ports = (spec.ports ?? []).flatMap(({ nodePort }) => (nodePort ? [nodePort] : []));
  return spec.healthCheckNodePort ? [...ports, spec.healthCheckNodePort] : ports;
}
