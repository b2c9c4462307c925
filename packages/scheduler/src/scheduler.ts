import { isPodPhaseTerminal, Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import { wireTime, isConflict, isNotFound } from "@dingi/apimachinery";
import { EventRecorder, referenceTo, type Client, type Informers } from "@dingi/client";
import { aborted, describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { SchedulerCache } from "./cache/scheduler-cache.ts";
import { fitMessage, Framework, type FitError } from "./framework/framework.ts";
import type { CycleState, WeightedPlugin } from "./framework/plugin.ts";
import { Nominator } from "./nominator.ts";
import { Preemptor } from "./preemptor.ts";
import { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { selectNode } from "./select-node.ts";

export interface SchedulerOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Pods that name another scheduler are left alone. */
  readonly name?: string;
  readonly plugins: readonly WeightedPlugin[];
}

const DEFAULT_NAME = "default-scheduler";

/** Finds a node for every pod that has none. Upstream: pkg/scheduler/schedule_one.go */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #framework: Framework;
  readonly #cache = new SchedulerCache();
  readonly #queue: SchedulingQueue;
  readonly #events: EventRecorder;
  readonly #nominator = new Nominator();
  readonly #preemptor: Preemptor;
  #start = 0;

  constructor(options: SchedulerOptions) {
    const { client, clock, random, logger, name = DEFAULT_NAME } = options;
    this.#options = options;
    this.#framework = new Framework(options.plugins);
    this.#queue = new SchedulingQueue(clock, this.#framework.plugins);
    this.#events = new EventRecorder({ client, clock, random, logger, component: name });
    this.#preemptor = new Preemptor({
      client,
      clock,
      logger,
      name,
      events: this.#events,
      nominator: this.#nominator,
    });
  }

  /** Schedules until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#options;
    const nodes = informers.of(Node);
    const pods = informers.of(Pod);
    informers.start();
    await Promise.race([informers.synced(), aborted(signal)]);
    if (signal.aborted) return;
    using _nodes = nodes.onEvent((event) =>
      this.#nodeChanged(
        event.type === "deleted" ? undefined : event.object,
        event.type === "added" ? undefined : event.type === "updated" ? event.previous : event.object,
      ),
    );
    using _pods = pods.onEvent((event) =>
      this.#podChanged(
        event.type === "deleted" ? undefined : event.object,
        event.type === "added" ? undefined : event.type === "updated" ? event.previous : event.object,
      ),
    );
    for (let pod = await this.#queue.pop(signal); pod; pod = await this.#queue.pop(signal)) {
      this.#scheduleOne(pod, signal);
      const due = clock.yieldIfDue();
      if (due) await due;
    }
  }

  #isOurs(pod: V1Pod): boolean {
    return (pod.spec.schedulerName || DEFAULT_NAME) === (this.#options.name ?? DEFAULT_NAME);
  }

  #nodeChanged(after: V1Node | undefined, before: V1Node | undefined): void {
    if (after) this.#cache.setNode(after);
    else this.#cache.removeNode(before?.metadata.name ?? "");
    const action = !after ? "Delete" : before ? "Update" : "Add";
    // A heartbeat changes nothing that a pod could be waiting for.
    if (action === "Update" && sameForScheduling(after!, before!)) return;
    this.#queue.observe({ resource: "Node", action, before, after });
  }

  #podChanged(after: V1Pod | undefined, before: V1Pod | undefined): void {
    const pod = after ?? before!;
    const uid = pod.metadata.uid ?? "";
    const assigned = Boolean(pod.spec.nodeName);
    const over = !after || isPodPhaseTerminal(after.status.phase);
    if (!assigned) {
      if (over) this.#nominator.delete(uid);
      else if (!this.#cache.isAssumed(uid)) this.#nominator.observe(pod, before);
      if (over || !this.#isOurs(pod) || this.#cache.isAssumed(uid)) return after ? undefined : this.#queue.delete(uid);
      if (pod.metadata.deletionTimestamp !== undefined) return this.#queue.delete(uid);
      return this.#queue.set(pod);
    }
    this.#queue.delete(uid);
    this.#nominator.delete(uid);
    if (after) this.#cache.setPod(after);
    else this.#cache.removePod(uid);
    const action = over ? "Delete" : before?.spec.nodeName ? "Update" : "Add";
    this.#queue.observe({ resource: "AssignedPod", action, before: before ?? pod, after });
  }

  /** Decides at once; binding goes on in the background. */
  #scheduleOne(pod: V1Pod, signal: AbortSignal): void {
    const all = this.#cache.nodes;
    const nominated = (name: string) => this.#nominator.on(name);
    const prefer = this.#nominator.nodeOf(pod.metadata.uid ?? "");
    const search = { wanted: nodesToFind(all.length), start: this.#start, prefer, nominated };
    const found = this.#framework.findFeasible(pod, all, search);
    if (!("nodes" in found)) return void this.#unschedulable(pod, found);
    this.#start = all.length === 0 ? 0 : (this.#start + found.nodes.length) % all.length;
    const node =
      found.nodes.length === 1
        ? found.nodes[0]!
        : selectNode(found.nodes, this.#framework.score(found.state, pod, found.nodes), this.#options.random);
    this.#nominator.delete(pod.metadata.uid ?? "");
    this.#cache.assume(pod, node.name);
    const status = this.#framework.reserve(found.state, pod, node.name);
    if (status.code !== "success") {
      this.#cache.forget(pod.metadata.uid ?? "");
      return this.#queue.reject(pod, new Set());
    }
    void this.#bind(pod, { state: found.state, node: node.name, signal });
  }

  async #bind(pod: V1Pod, decision: { state: CycleState; node: string; signal: AbortSignal }): Promise<void> {
    const { state, node, signal } = decision;
    const uid = pod.metadata.uid ?? "";
    try {
      await this.#framework.bind(state, pod, { node, signal });
      this.#queue.done(uid);
      this.#events.event(
        referenceTo(Pod, pod),
        "Normal",
        "Scheduled",
        `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`,
      );
    } catch (error) {
      this.#framework.unreserve(state, pod, node);
      this.#cache.forget(uid);
      this.#nominator.observe(pod, undefined);
      if (isNotFound(error)) return this.#queue.delete(uid);
      if (signal.aborted) return;
      if (!isConflict(error))
        this.#options.logger.warn("Pod was not bound", { pod: pod.metadata.name, node, error: describeError(error) });
      this.#queue.reject(pod, new Set());
    }
  }

  async #unschedulable(pod: V1Pod, error: FitError): Promise<void> {
    const { random, clock, logger } = this.#options;
    const nominated = (name: string) => this.#nominator.on(name);
    const room = this.#framework.postFilter(pod, error, { random, now: clock.now(), nominated });
    const message = [fitMessage(error), ...(room && "message" in room ? [room.message] : [])].join(" ");
    if (room && "node" in room) this.#nominator.set(pod, room.node);
    else if (room?.clear) this.#nominator.delete(pod.metadata.uid ?? "");
    this.#queue.reject(pod, error.plugins);
    this.#events.event(referenceTo(Pod, pod), "Warning", "FailedScheduling", message);
    try {
      await this.#writeUnschedulable(pod, message);
      if (room && "node" in room && !(await this.#preemptor.preempt(pod, room))) this.#giveUp(pod);
    } catch (failure) {
      if (!isNotFound(failure))
        logger.debug("Pod condition was not written", { pod: pod.metadata.name, error: describeError(failure) });
    }
  }

  /** No room could be made there; somewhere else it may. */
  #giveUp({ metadata: { uid = "" } }: V1Pod): void {
    this.#nominator.delete(uid);
    this.#queue.retry(uid);
  }

  /** The condition, and the node that the pod is nominated for. */
  async #writeUnschedulable(pod: V1Pod, message: string): Promise<void> {
    const { client, clock } = this.#options;
    const nominatedNodeName = this.#nominator.nodeOf(pod.metadata.uid ?? "");
    const old = pod.status.conditions?.find(({ type }) => type === "PodScheduled");
    const sameNomination = (pod.status.nominatedNodeName ?? "") === (nominatedNodeName ?? "");
    if (old?.status === "False" && old.message === message && sameNomination) return;
    const generation = pod.metadata.generation;
    const condition = {
      type: "PodScheduled",
      status: "False",
      reason: "Unschedulable",
      message,
      lastTransitionTime: old?.status === "False" ? old.lastTransitionTime : wireTime(clock.now()),
      ...(generation === undefined ? {} : { observedGeneration: generation }),
    };
    const nomination = sameNomination ? {} : { nominatedNodeName: nominatedNodeName ?? null };
    const key = { namespace: pod.metadata.namespace ?? "", name: pod.metadata.name ?? "" };
    const patch = { status: { conditions: [condition], ...nomination } };
    await client.patch(Pod, key, patch, { type: "strategic", subresource: "status" });
  }
}

const MIN_NODES = 100;
const MIN_PERCENT = 5;

/** Among very many nodes, a share is enough to choose from. Upstream: pkg/scheduler/schedule_one.go#numFeasibleNodesToFind */
function nodesToFind(all: number): number {
  if (all < MIN_NODES) return Math.max(1, all);
  return Math.max(MIN_NODES, Math.floor((all * Math.max(MIN_PERCENT, 50 - all / 125)) / 100));
}

function sameForScheduling(a: V1Node, b: V1Node): boolean {
  return (
    a.spec === b.spec ||
    JSON.stringify([a.spec, a.metadata.labels, a.status.allocatable]) ===
      JSON.stringify([b.spec, b.metadata.labels, b.status.allocatable])
  );
}
