import type { Store } from "@dingi/store";

const PREFIX = "/registry/masterleases/";
const LEASE_MS = 15_000;

interface StoredLease {
  readonly subsets?: readonly { readonly addresses?: readonly { readonly ip?: string }[] }[];
}

/**
 * Which API servers there are: each has a key that it must keep renewing.
 * Upstream: pkg/controlplane/reconcilers/lease.go#storageLeases
 */
export class EndpointsLease {
  readonly #store: Store;
  readonly #address: string;
  #renewals = 0;

  /** @param address Where pods reach this server. */
  constructor(store: Store, address: string) {
    this.#store = store;
    this.#address = address;
  }

  async renew(): Promise<void> {
    const subsets = [{ addresses: [{ ip: this.#address }] }];
    const metadata = { generation: ++this.#renewals };
    const lease = { kind: "Endpoints", apiVersion: "v1", metadata, subsets };
    const value = new TextEncoder().encode(JSON.stringify(lease));
    await this.#store.commit(this.#key, { expected: "any", value, ttlMs: LEASE_MS });
  }

  /** So that nobody is sent to a server that has stopped. */
  async remove(): Promise<void> {
    await this.#store.commit(this.#key, { expected: "any" });
  }

  /** The addresses of all servers that live, in order. */
  async addresses(): Promise<string[]> {
    const { entries } = await this.#store.range(PREFIX);
    const leases = entries.map(({ value }) => JSON.parse(new TextDecoder().decode(value)) as StoredLease);
    return leases.flatMap(({ subsets }) => subsets?.[0]?.addresses?.[0]?.ip ?? []).sort();
  }

  get #key(): string {
    return PREFIX + this.#address;
  }
}
