import type { Random } from "@dingi/base";
import type { EtcdClient } from "./etcd-client.ts";
import { LEASE_GRANT } from "./messages.ts";

/** A lease lives this much longer than its keys should, so that keys that come soon can share it. */
const SHARED_MS = 60_000;
const KEYS_PER_LEASE = 1000;
const ID_BITS = 48;

type LeaseClient = Pick<EtcdClient, "clock" | "write">;

interface Lease {
  readonly id: Promise<number>;
  /** Of the monotonic clock. */
  readonly endsAt: number;
  keys: number;
}

/**
 * etcd's own way to let keys go, for when no one is there to call `expire`. Keys share leases, because each costs etcd a
 * write. Upstream: apiserver/pkg/storage/etcd3/lease_manager.go
 */
export class Leases {
  readonly #client: LeaseClient;
  readonly #random: Random;
  #newest: Lease | undefined;

  constructor(client: LeaseClient, random: Random) {
    this.#client = client;
    this.#random = random;
  }

  /** The id of a lease that lasts at least `ttlMs`. */
  async of(ttlMs: number): Promise<number> {
    const now = this.#client.clock.monotonic();
    const newest = this.#newest;
    const restMs = newest ? newest.endsAt - now - ttlMs : -1;
    const fits = newest && newest.keys < KEYS_PER_LEASE && restMs >= 0 && restMs <= SHARED_MS;
    const lease = fits ? newest : this.#grant(now, ttlMs);
    lease.keys++;
    return await lease.id;
  }

  /** etcd does not know it any more. */
  forget(): void {
    this.#newest = undefined;
  }

  #grant(now: number, ttlMs: number): Lease {
    const ttl = Math.ceil((ttlMs + SHARED_MS) / 1000);
    // Chosen here, because etcd's own ids are beyond what a number holds; 0 would let etcd choose.
    const id = 1 + this.#random.int(2 ** ID_BITS);
    const granted = this.#client.write(LEASE_GRANT, { ttl, id }).then(() => id);
    const lease = { id: granted, endsAt: now + ttl * 1000, keys: 0 };
    this.#newest = lease;
    granted.catch(() => {
      if (this.#newest === lease) this.#newest = undefined;
    });
    return lease;
  }
}
