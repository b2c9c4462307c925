import { needsClusterIp, type V1Service } from "@dingi/api";
import { invalid, newInternalError, newInvalid, type Draft, type IpFamily } from "@dingi/apimachinery";
import { AllocationError, RangeFullError, type IpAllocator } from "./ip-allocator.ts";
import type { Transaction } from "./transaction.ts";

/** The addresses of Services. Upstream: pkg/registry/core/service/storage/alloc.go#allocClusterIPs, #updateClusterIPs */
export class ClusterIps {
  readonly #allocator: IpAllocator;

  constructor(allocator: IpAllocator) {
    this.#allocator = allocator;
  }

  /** Throws StatusError 422 when the address that is asked for cannot be had, 500 when there is none left. */
  async allocate(service: Draft<V1Service>, transaction: Transaction): Promise<void> {
    const { spec } = service;
    if (!needsClusterIp(service) || isHeadless(spec)) return;
    const families = spec.ipFamilies ?? [];
    const ips = families.map((_, i) => spec.clusterIPs?.[i] ?? "");
    // An error shows it, with what nobody has chosen yet.
    spec.clusterIPs = ips;
    for (const [i, family] of families.entries())
      ips[i] = await this.#allocateOne(service, { family, asked: ips[i]! }, transaction);
    spec.clusterIP = ips[0];
  }

  /**
   * An address comes and goes only with the Service's type, and its second one with its second family; any other change of
   * them is for validation to refuse, and is not looked at here.
   */
  async update(service: Draft<V1Service>, before: V1Service, transaction: Transaction): Promise<void> {
    const [needed, needs] = [needsClusterIp(before), needsClusterIp(service)];
    if (!needed && needs) return await this.allocate(service, transaction);
    if (!needed || isHeadless(before.spec)) return;
    if (!needs) transaction.frees(() => this.release(before));
    else await this.#updateSecond(service, before, transaction);
  }

  async release({ spec }: V1Service): Promise<void> {
    if (isHeadless(spec)) return;
    for (const address of spec.clusterIPs ?? []) await this.#allocator.release(address);
  }

  async #updateSecond(service: Draft<V1Service>, { spec: old }: V1Service, transaction: Transaction): Promise<void> {
    const { spec } = service;
    const [families, before] = [spec.ipFamilies ?? [], old.ipFamilies ?? []];
    const second = families[1];
    if (second !== undefined && before.length === 1) {
      const [first = "", asked = ""] = spec.clusterIPs ?? [];
      spec.clusterIPs = [first, await this.#allocateOne(service, { family: second, asked }, transaction)];
    } else if (families.length === 1 && before.length === 2)
      transaction.frees(() => this.#allocator.release(old.clusterIPs?.[1] ?? ""));
  }

  async #allocateOne(
    service: Draft<V1Service>,
    { family, asked }: { readonly family: string; readonly asked: string },
    transaction: Transaction,
  ): Promise<string> {
    try {
      const address = await this.#find(service, { family, asked }, transaction.dryRun);
      if (!transaction.dryRun) transaction.took(() => this.#allocator.release(address));
      return address;
    } catch (error) {
      if (error instanceof AllocationError) throw explain(service, asked, error);
      throw error;
    }
  }

  async #find(
    service: Draft<V1Service>,
    { family, asked }: { readonly family: string; readonly asked: string },
    dryRun: boolean,
  ): Promise<string> {
    if (asked === "") {
      const wanted = family as IpFamily;
      return dryRun ? this.#allocator.tryNext(wanted) : await this.#allocator.next(service, wanted);
    }
    if (dryRun) this.#allocator.tryTake(asked);
    else await this.#allocator.take(service, asked);
    return asked;
  }
}

function explain(service: Draft<V1Service>, asked: string, error: AllocationError): Error {
  const name = service.metadata.name ?? "";
  if (error instanceof RangeFullError)
    return newInternalError(`failed to allocate a serviceIP for Service ${JSON.stringify(name)}: ${error.message}`);
  const text = `failed to allocate IP${asked === "" ? "" : ` ${asked}`}: ${error.message}`;
  const wrong = invalid("spec.clusterIPs", [...(service.spec.clusterIPs ?? [])], text);
  return newInvalid({ group: "", kind: "Service" }, name, [wrong]);
}

const isHeadless = ({ clusterIPs }: V1Service["spec"] | Draft<V1Service>["spec"]): boolean =>
  clusterIPs?.[0] === "None";
