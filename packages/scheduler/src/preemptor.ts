import { Pod, type V1Pod } from "@dingi/api";
import { isNotFound, wireTime } from "@dingi/apimachinery";
import { referenceTo, type Client, type SeriesRecorder } from "@dingi/client";
import { describeError, type Clock, type Logger } from "@dingi/base";
import type { Preemption } from "./framework/plugin.ts";
import type { Nominator } from "./nominator.ts";

interface PreemptorOptions {
  readonly client: Client;
  readonly clock: Clock;
  readonly logger: Logger;
  readonly events: SeriesRecorder;
  readonly nominator: Nominator;
  /** The scheduler's name, for those who read a victim's condition. */
  readonly name: string;
}

/** How long the informer may take to show that the victims are going. */
const SEEN_TIMEOUT_MS = 30_000;

/** Takes pods away for a more important one. Upstream: pkg/scheduler/framework/preemption/executor.go */
export class Preemptor {
  readonly #options: PreemptorOptions;
  /** By uid: the victims whose end nobody has seen yet, and who waits to see it. */
  readonly #unseen = new Map<string, Set<() => void>>();

  constructor(options: PreemptorOptions) {
    this.#options = options;
  }

  /**
   * Says whether all victims are gone or going. Resolves when the informer shows it, too: who looked for room before that
   * would take pods away a second time.
   */
  async preempt(pod: V1Pod, { node, victims }: Preemption): Promise<boolean> {
    const { nominator, logger } = this.#options;
    const lesser = nominator.on(node).filter((other) => (other.spec.priority ?? 0) < (pod.spec.priority ?? 0));
    const seen = victims.map((victim) => this.#seenGoing(victim));
    try {
      // Less important pods that were to come here are not to wait for room that they will not get.
      await Promise.all(lesser.map((other) => this.clearNomination(other)));
      await Promise.all(victims.map((victim) => this.#remove(victim, pod, node)));
      await Promise.all(seen);
      return true;
    } catch (error) {
      logger.warn("Preemption failed", { pod: pod.metadata.name, node, error: describeError(error) });
      return false;
    }
  }

  /** To be told of every pod that the informer shows as going or gone. */
  observeEnd(uid: string): void {
    for (const tell of this.#unseen.get(uid) ?? []) tell();
  }

  async #seenGoing({ metadata: { uid = "", deletionTimestamp } }: V1Pod): Promise<void> {
    if (deletionTimestamp !== undefined) return;
    const { promise, resolve } = Promise.withResolvers<void>();
    const waiting = this.#unseen.get(uid) ?? new Set();
    this.#unseen.set(uid, waiting.add(resolve));
    using _timer = this.#options.clock.timer(SEEN_TIMEOUT_MS, resolve);
    await promise;
    waiting.delete(resolve);
    if (waiting.size === 0) this.#unseen.delete(uid);
  }

  async #remove(victim: V1Pod, pod: V1Pod, node: string): Promise<void> {
    const { client, events } = this.#options;
    const { namespace = "", name = "", uid = "" } = victim.metadata;
    if (victim.metadata.deletionTimestamp === undefined) {
      try {
        await this.#markDisrupted(victim);
        await client.delete(Pod, { namespace, name }, { preconditions: { uid } });
      } catch (error) {
        if (!isNotFound(error)) throw error;
        return;
      }
    }
    events.event({
      regarding: referenceTo(Pod, victim),
      related: referenceTo(Pod, pod),
      type: "Normal",
      reason: "Preempted",
      action: "Preempting",
      note: `Preempted by pod ${pod.metadata.uid} on node ${node}`,
    });
  }

  async #markDisrupted(victim: V1Pod): Promise<void> {
    const { client, clock, name } = this.#options;
    const generation = victim.metadata.generation;
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "PreemptionByScheduler",
      message: `${name}: preempting to accommodate a higher priority pod`,
      lastTransitionTime: wireTime(clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    const { namespace = "", name: victimName = "", uid } = victim.metadata;
    await client.patch(
      Pod,
      { namespace, name: victimName },
      { metadata: { uid }, status: { conditions: [condition] } },
      { type: "strategic", subresource: "status" },
    );
  }

  async clearNomination(pod: V1Pod): Promise<void> {
    const { client, nominator } = this.#options;
    nominator.delete(pod.metadata.uid ?? "");
    if (!pod.status.nominatedNodeName) return;
    const { namespace = "", name = "" } = pod.metadata;
    const patch = { status: { nominatedNodeName: null } };
    await client
      .patch(Pod, { namespace, name }, patch, { type: "merge", subresource: "status" })
      .catch((error: unknown) => {
        if (!isNotFound(error)) throw error;
      });
  }
}
