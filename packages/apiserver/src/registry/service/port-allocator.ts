import type { Random } from "@dingi/base";
import type { Entry, Store } from "@dingi/store";
import { PortBits } from "./port-bits.ts";

const KEY = "/registry/ranges/servicenodeports";
const MIN_BAND = 16;
const MAX_BAND = 128;
const BAND_STEP = 32;

interface PortRange {
  readonly from: number;
  /** Inclusive. */
  readonly to: number;
}

/** Where node ports come from. */
export interface PortSource {
  readonly range: PortRange;
  /** False when the port is somebody's. It must be of the range. */
  take(port: number): Promise<boolean>;
  /** A free port, of the upper band first, where people do not choose their own; undefined when all are taken. */
  next(): Promise<number | undefined>;
  release(port: number): Promise<void>;
}

interface PortAllocatorOptions {
  readonly store: Store;
  readonly range: PortRange;
  readonly random: Random;
}

/** What is stored: which ports are taken, and of which range they are. */
interface Known {
  readonly revision: number;
  readonly ports: PortBits;
}

/**
 * Node ports, in one object that is written by compare and set: whoever's write succeeds has the port, whichever of several
 * API servers he asked. Upstream: pkg/registry/core/service/{allocator/storage,portallocator}
 */
export class PortAllocator implements PortSource {
  readonly #options: PortAllocatorOptions;
  readonly #size: number;
  #known: Known | undefined;
  #last: Promise<unknown> = Promise.resolve();

  constructor(options: PortAllocatorOptions) {
    const { from, to } = options.range;
    this.#options = options;
    this.#size = to - from + 1;
  }

  get range(): PortRange {
    return this.#options.range;
  }

  async take(port: number): Promise<boolean> {
    return await this.change((ports) => ports.add(port - this.#options.range.from));
  }

  async next(): Promise<number | undefined> {
    let found: number | undefined;
    const taken = await this.change((ports) => {
      found = freeIn(ports, this.#size, this.#options.random);
      return found !== undefined && ports.add(found);
    });
    return taken ? this.#options.range.from + found! : undefined;
  }

  async release(port: number): Promise<void> {
    await this.change((ports) => ports.delete(port - this.#options.range.from));
  }

  /** A source for one write that changes nothing in the store. */
  dryRun(): PortSource {
    const { range, random } = this.#options;
    let copy: PortBits | undefined;
    const bits = async () => (copy ??= (await this.#load()).ports.clone());
    return {
      range,
      take: async (port) => (await bits()).add(port - range.from),
      next: async () => {
        const found = freeIn(await bits(), this.#size, random);
        return found !== undefined && copy!.add(found) ? range.from + found : undefined;
      },
      release: () => Promise.resolve(),
    };
  }

  /**
   * Changes what is stored, one change after the other. `change` works on a copy, of the newest state when it wants nothing
   * changed, which it says by false; it is called again when another server was faster.
   */
  async change(change: (ports: PortBits) => boolean): Promise<boolean> {
    const mine = this.#last.then(() => this.#change(change));
    this.#last = mine.catch(() => {});
    return await mine;
  }

  async #change(change: (ports: PortBits) => boolean): Promise<boolean> {
    let [known, isFresh] = this.#known ? [this.#known, false] : [await this.#load(), true];
    for (;;) {
      const ports = known.ports.clone();
      if (change(ports)) {
        const result = await this.#options.store.commit(KEY, { expected: known.revision, value: this.#encode(ports) });
        if ("revision" in result) {
          this.#known = { revision: result.revision, ports };
          return true;
        }
        known = this.#know(result.conflict);
      } else if (isFresh) return false;
      else known = await this.#load();
      isFresh = true;
    }
  }

  async #load(): Promise<Known> {
    return this.#know(await this.#options.store.get(KEY));
  }

  /** Ports of another range are nobody's: they are repaired from the Services. */
  #know(entry: Entry | undefined): Known {
    const stored = entry && (JSON.parse(new TextDecoder().decode(entry.value)) as { range?: string; data?: string });
    const isOurs = stored?.range === this.#rangeText;
    const ports = PortBits.parse(this.#size, isOurs ? (stored?.data ?? "") : "");
    this.#known = { revision: entry?.revision ?? 0, ports };
    return this.#known;
  }

  /** As upstream writes it, so that its own API server reads it. Upstream: core/v1.RangeAllocation */
  #encode(ports: PortBits): Uint8Array {
    const data = ports.toString();
    const object = { kind: "RangeAllocation", apiVersion: "v1", metadata: {}, range: this.#rangeText, data };
    return new TextEncoder().encode(JSON.stringify(object));
  }

  get #rangeText(): string {
    const { from, to } = this.#options.range;
    return `${from}-${to}`;
  }
}

function freeIn(ports: PortBits, size: number, random: Random): number | undefined {
  const band = bandOf(size);
  return scan(ports, [band, size], random) ?? scan(ports, [0, band], random);
}

function scan(ports: PortBits, [from, to]: readonly [number, number], random: Random): number | undefined {
  const span = to - from;
  if (span <= 0) return undefined;
  const start = random.int(span);
  for (let i = 0; i < span; i++) {
    const offset = from + ((start + i) % span);
    if (!ports.has(offset)) return offset;
  }
  return undefined;
}

/** Upstream: pkg/registry/core/service/portallocator/allocator.go#calculateRangeOffset */
function bandOf(size: number): number {
  return size <= MIN_BAND ? 0 : Math.min(Math.max(MIN_BAND, Math.floor(size / BAND_STEP)), MAX_BAND);
}
