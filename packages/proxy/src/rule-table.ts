import type { ServiceRules } from "./service-rules.ts";
import { staleFlows, type StaleFlow, type UdpFlow } from "./udp-flow.ts";

/** Elements to change in one transaction: the value before and the value after, undefined for absent. */
export interface Change {
  readonly elements: ReadonlyMap<string, { readonly before: string | undefined; readonly after: string | undefined }>;
  readonly chains: ReadonlyMap<string, readonly string[]>;
  readonly stale: readonly StaleFlow[];
}

interface Claim {
  readonly owner: string;
  readonly value: string;
}

const NOTHING: ServiceRules = { elements: new Map(), hairpins: [], chains: new Map(), udp: [] };

/**
 * The rules of all services, merged. An address and port belong to the service that claimed them first; when it lets go,
 * another that wants them gets them. Changes gather until they are taken.
 */
export class RuleTable {
  readonly #rules = new Map<string, ServiceRules>();
  readonly #claims = new Map<string, Claim>();
  /** Who was refused an element. */
  readonly #waiting = new Map<string, Set<string>>();
  readonly #hairpins = new Map<string, number>();
  /** What the kernel has for each element touched since the last take. */
  readonly #before = new Map<string, string | undefined>();
  #chains = new Map<string, readonly string[]>();
  #newChains = new Map<string, readonly string[]>();
  #stale: StaleFlow[] = [];

  /** Sets or, with undefined, removes the rules of a service. */
  replace(owner: string, next: ServiceRules | undefined): void {
    const previous = this.#rules.get(owner);
    if (next) this.#rules.set(owner, next);
    else this.#rules.delete(owner);
    const freed = this.#release(owner, previous, next);
    if (next) this.#claim(owner, next);
    for (const other of freed) this.#claim(other, this.#rules.get(other));
    const { hairpins: coming, udp: udpAfter } = next ?? NOTHING;
    const { hairpins: going, udp: udpBefore } = previous ?? NOTHING;
    for (const address of coming) this.#countHairpin(address, 1);
    for (const address of going) this.#countHairpin(address, -1);
    this.#stale.push(...staleFlows(udpBefore, udpAfter));
  }

  /** Whether anything waits to be taken. */
  get changed(): boolean {
    return this.#before.size > 0 || this.#stale.length > 0;
  }

  /** Those of the given connections that go through a service to what does not serve it. */
  staleAmong(flows: readonly UdpFlow[]): StaleFlow[] {
    const serving = new Map<string, ReadonlySet<string>>();
    for (const { udp } of this.#rules.values()) {
      for (const frontend of udp) serving.set(`${frontend.address}:${frontend.port}`, frontend.serving);
    }
    return flows.filter(({ address, port, endpoint }) => serving.get(`${address}:${port}`)?.has(endpoint) === false);
  }

  /** The changes since the last take. */
  take(): Change {
    const elements = new Map<string, { before: string | undefined; after: string | undefined }>();
    for (const [id, before] of this.#before) {
      const after = this.#current(id);
      if (before !== after) elements.set(id, { before, after });
    }
    const change = { elements, chains: this.#newChains, stale: this.#stale };
    this.#before.clear();
    this.#newChains = new Map();
    this.#stale = [];
    return change;
  }

  /** Everything, as a change from an empty table; what waited is in it, except stale flows, which stay. */
  takeAll(): Change {
    const elements = new Map<string, { before: undefined; after: string }>();
    for (const [id, { value }] of this.#claims) elements.set(id, { before: undefined, after: value });
    for (const address of this.#hairpins.keys()) elements.set(hairpinId(address), { before: undefined, after: "" });
    this.#chains = new Map();
    for (const { chains } of this.#rules.values()) for (const [name, body] of chains) this.#chains.set(name, body);
    const { stale } = this.take();
    return { elements, chains: this.#chains, stale };
  }

  #current(id: string): string | undefined {
    if (id.startsWith("hairpins ")) return this.#hairpins.has(id.slice(id.lastIndexOf(" ") + 1)) ? "" : undefined;
    return this.#claims.get(id)?.value;
  }

  #touch(id: string): void {
    if (!this.#before.has(id)) this.#before.set(id, this.#current(id));
  }

  /** Gives up what is not wanted any more; returns the services that waited for some of it. */
  #release(owner: string, previous: ServiceRules | undefined, next: ServiceRules | undefined): Set<string> {
    const freed = new Set<string>();
    for (const id of previous?.elements.keys() ?? []) {
      if (!next?.elements.has(id)) for (const other of this.#releaseElement(id, owner)) freed.add(other);
    }
    return freed;
  }

  #releaseElement(id: string, owner: string): Iterable<string> {
    const waiting = this.#waiting.get(id);
    if (this.#claims.get(id)?.owner !== owner) {
      waiting?.delete(owner);
      return [];
    }
    this.#touch(id);
    this.#claims.delete(id);
    this.#waiting.delete(id);
    return waiting ?? [];
  }

  #claim(owner: string, rules: ServiceRules | undefined): void {
    if (!rules) return;
    for (const [id, value] of rules.elements) this.#claimElement(id, owner, value);
    for (const [name, body] of rules.chains) {
      if (this.#chains.has(name)) continue;
      this.#chains.set(name, body);
      this.#newChains.set(name, body);
    }
  }

  #claimElement(id: string, owner: string, value: string): void {
    const claim = this.#claims.get(id);
    if (claim && claim.owner !== owner) {
      const waiting = this.#waiting.get(id);
      if (waiting) waiting.add(owner);
      else this.#waiting.set(id, new Set([owner]));
      return;
    }
    if (claim?.value === value) return;
    this.#touch(id);
    this.#claims.set(id, { owner, value });
  }

  #countHairpin(address: string, by: number): void {
    const count = (this.#hairpins.get(address) ?? 0) + by;
    this.#touch(hairpinId(address));
    if (count > 0) this.#hairpins.set(address, count);
    else this.#hairpins.delete(address);
  }
}

function hairpinId(address: string): string {
  return `hairpins ${address} . ${address}`;
}
