import { describeError, type Clock, type Logger } from "@dingi/base";
import type { NodePoints, Point } from "./parse-metrics.ts";
import { withPoint, type Points } from "./usage.ts";

interface MeasurementsOptions {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly stop: AbortSignal;
  /** The names of all nodes there are now. */
  readonly nodes: () => readonly string[];
  readonly readNode: (nodeName: string, signal: AbortSignal) => Promise<NodePoints>;
}

/** As metrics-server's flag --metric-resolution */
const PERIOD_MS = 15_000;
/** Between the first two, so that who asks first does not wait for long. */
const FIRST_PERIOD_MS = 1000;
/** How long after the last question it is measured on. */
const INTEREST_MS = 3 * 60_000;
const NODE_TIMEOUT_MS = 10_000;
const MAX_AT_ONCE = 50;

interface Known {
  readonly node: Points | undefined;
  readonly pods: ReadonlyMap<string, ReadonlyMap<string, Points>>;
}

const NOTHING: Known = { node: undefined, pods: new Map() };

/**
 * What the kubelets have measured, asked every so often as long as somebody wants to know: a cluster in which nobody asks
 * measures nothing. As in metrics-server, pkg/scraper/scraper.go
 */
export class Measurements {
  readonly #options: MeasurementsOptions;
  #byNode = new Map<string, Known>();
  #podNodes = new Map<string, string>();
  #interestedUntilMs = 0;
  /** The first two rounds; undefined while nobody is interested. */
  #begun: Promise<void> | undefined;

  constructor(options: MeasurementsOptions) {
    this.#options = options;
  }

  node(name: string): Points | undefined {
    return this.#byNode.get(name)?.node;
  }

  /** By namespace and name; the points of its containers. */
  pod(key: string): ReadonlyMap<string, Points> | undefined {
    return this.#byNode.get(this.#podNodes.get(key) ?? "")?.pods.get(key);
  }

  /** Resolves when there is something to tell; who asks first waits for a second. */
  async current(): Promise<void> {
    this.#interestedUntilMs = this.#options.clock.monotonic() + INTEREST_MS;
    this.#begun ??= this.#begin();
    await this.#begun;
  }

  async #begin(): Promise<void> {
    await this.#round();
    await this.#options.clock.sleep(FIRST_PERIOD_MS, this.#options.stop);
    await this.#round();
    this.#next();
  }

  /** A timer and no loop: it ends by itself once nobody asks any more. */
  #next(): void {
    const { clock, stop } = this.#options;
    clock.timer(PERIOD_MS, () => {
      if (stop.aborted || clock.monotonic() > this.#interestedUntilMs) return this.#forget();
      void this.#round().then(() => this.#next());
    });
  }

  #forget(): void {
    this.#begun = undefined;
    this.#byNode = new Map();
    this.#podNodes = new Map();
  }

  /** What a node did not tell in time is not known any more. */
  async #round(): Promise<void> {
    const names = [...this.#options.nodes()];
    const next = new Map<string, Known>();
    const podNodes = new Map<string, string>();
    const work = async () => {
      for (let name = names.pop(); name !== undefined; name = names.pop()) {
        const points = await this.#read(name);
        if (!points) continue;
        next.set(name, merge(this.#byNode.get(name) ?? NOTHING, points));
        for (const pod of points.pods.keys()) podNodes.set(pod, name);
      }
    };
    await Promise.all(Array.from({ length: Math.min(MAX_AT_ONCE, names.length) }, work));
    this.#byNode = next;
    this.#podNodes = podNodes;
  }

  async #read(name: string): Promise<NodePoints | undefined> {
    const { clock, logger, readNode } = this.#options;
    const late = new AbortController();
    using _timer = clock.timer(NODE_TIMEOUT_MS, () => late.abort(new Error("The kubelet did not answer in time")));
    try {
      return await readNode(name, late.signal);
    } catch (error) {
      logger.debug("A node did not tell what is used on it", { node: name, error: describeError(error) });
      return undefined;
    }
  }
}

function merge(known: Known, { node, pods }: NodePoints): Known {
  return {
    node: node && withPoint(known.node, node),
    pods: new Map([...pods].map(([pod, points]) => [pod, mergePod(known.pods.get(pod), points)])),
  };
}

function mergePod(
  known: ReadonlyMap<string, Points> | undefined,
  points: ReadonlyMap<string, Point>,
): ReadonlyMap<string, Points> {
  return new Map([...points].map(([name, point]) => [name, withPoint(known?.get(name), point)]));
}
