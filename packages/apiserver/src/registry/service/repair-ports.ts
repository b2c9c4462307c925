import { Service, type V1Service } from "@dingi/api";
import type { AnyKind } from "@dingi/apimachinery";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { StoreFeed } from "../../cacher/store-feed.ts";
import { periodically } from "../../periodically.ts";
import { portsOf } from "./node-ports.ts";
import type { PortAllocator } from "./port-allocator.ts";

const INTERVAL_MS = 3 * 60_000;
/** A port that no Service has may be one's that is being created: it is looked at so often before it is given back. */
const LOOKS = 3;

interface PortRepairOptions {
  readonly feed: StoreFeed;
  readonly ports: PortAllocator;
  readonly clock: Clock;
  readonly logger: Logger;
}

/**
 * Holds what is stored of node ports together with the Services that have them.
 * Upstream: pkg/registry/core/service/portallocator/controller/repair.go
 */
export class PortRepair {
  readonly #options: PortRepairOptions;
  /** Ports that no Service had, and how often they will be looked at yet. */
  readonly #leaks = new Map<number, number>();

  constructor(options: PortRepairOptions) {
    this.#options = options;
  }

  /** Repairs every three minutes until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#options;
    const onFailure = (error: unknown) => logger.warn("Node ports were not repaired", { error: describeError(error) });
    await periodically({ clock, everyMs: INTERVAL_MS, work: () => this.repair(), onFailure }, signal);
  }

  async repair(): Promise<void> {
    const { ports, logger } = this.#options;
    const { from, to } = ports.range;
    const used = new Set(this.#usedPorts().filter((port) => port >= from && port <= to));
    for (const port of this.#leaks.keys()) if (used.has(port)) this.#leaks.delete(port);
    const given = new Set<number>();
    let taken: ReadonlySet<number> = new Set();
    await ports.change((bits) => {
      let changed = false;
      for (const port of used) changed = bits.add(port - from) || changed;
      given.clear();
      for (const offset of bits) {
        const port = from + offset;
        if (used.has(port) || this.#looksLeft(port) > 0) continue;
        given.add(port);
        changed = bits.delete(offset) || changed;
      }
      taken = new Set([...bits].map((offset) => from + offset));
      return changed;
    });
    for (const port of given) logger.warn("A node port that no Service has was given back", { port });
    this.#look(taken, used);
  }

  #looksLeft(port: number): number {
    return this.#leaks.get(port) ?? LOOKS;
  }

  /** Notes which of the ports nobody has, once more. */
  #look(taken: ReadonlySet<number>, used: ReadonlySet<number>): void {
    for (const port of taken) if (!used.has(port)) this.#leaks.set(port, this.#looksLeft(port) - 1);
    for (const port of this.#leaks.keys()) if (!taken.has(port)) this.#leaks.delete(port);
  }

  #usedPorts(): number[] {
    const services = this.#options.feed.cache(Service as unknown as AnyKind).snapshot();
    return [...services.values()].flatMap(({ object }) => portsOf(object as V1Service));
  }
}
