import { hostname } from "node:os";
import { isPodPhaseTerminal, Node, Pod, type V1Node, type V1Pod } from "@dingi/api";
import { wireTime, isConflict, isNotFound } from "@dingi/apimachinery";
import { referenceTo, SeriesRecorder, type Client, type Informers } from "@dingi/client";
import { aborted, describeError, type Clock, type Logger, type Random } from "@dingi/base";
import { SchedulerCache } from "./cache/scheduler-cache.ts";
import { fitMessage, Framework, type FitError } from "./framework/framework.ts";
import { nodeEvents, podUpdateEvents } from "./framework/cluster-event.ts";
import type { CycleState, Preemption, Refusal, WeightedPlugin } from "./framework/plugin.ts";
import { observeResources, watchResources } from "./framework/watched-resources.ts";
import { WaitingPods, type Permission } from "./framework/waiting-pods.ts";
import { Nominator } from "./nominator.ts";
import { Preemptor } from "./preemptor.ts";
import { SchedulingQueue } from "./queue/scheduling-queue.ts";
import { selectNode } from "./select-node.ts";

interface SchedulerOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  /** Pods that name another scheduler are left alone. */
  readonly name?: string;
  readonly plugins: readonly WeightedPlugin[];
  /** Where it runs, for those who read its events; this machine unless told. */
  readonly host?: string;
}

/** A pod's node before it is bound. */
interface Decision {
  readonly state: CycleState;
  readonly node: string;
  readonly permission: Permission;
  readonly signal: AbortSignal;
}

const DEFAULT_NAME = "default-scheduler";

/** Finds a node for every pod that has none. Upstream: pkg/scheduler/schedule_one.go */
export class Scheduler {
  readonly #options: SchedulerOptions;
  readonly #framework: Framework;
  readonly #cache = new SchedulerCache();
  readonly #queue: SchedulingQueue;
  readonly #events: SeriesRecorder;
  readonly #nominator = new Nominator();
  readonly #preemptor: Preemptor;
  readonly #waiting: WaitingPods;
  #start = 0;

  constructor(options: SchedulerOptions) {
    const { client, clock, random, logger, name = DEFAULT_NAME } = options;
    this.#options = options;
    this.#framework = new Framework(options.plugins);
    this.#queue = new SchedulingQueue(clock, this.#framework.plugins);
    this.#waiting = new WaitingPods(clock);
    this.#events = new SeriesRecorder({
      client,
      clock,
      random,
      logger,
      controller: name,
      instance: `${name}-${options.host ?? hostname()}`,
    });
    this.#preemptor = new Preemptor({
      client,
      clock,
      logger,
      name,
      events: this.#events,
      nominator: this.#nominator,
    });
  }

  /** Where plugins that made a pod wait allow or reject it. */
  get waitingPods(): WaitingPods {
    return this.#waiting;
  }

  /** Schedules until the signal aborts. */
  async run(signal: AbortSignal): Promise<void> {
    const { informers, clock } = this.#options;
    const nodes = informers.of(Node);
    const pods = informers.of(Pod);
    watchResources(this.#framework.plugins, informers);
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
    using _others = observeResources(this.#framework.plugins, informers, (event) => this.#queue.observe(event));
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
    for (const event of nodeEvents(before, after)) this.#queue.observe(event);
  }

  #podChanged(after: V1Pod | undefined, before: V1Pod | undefined): void {
    const pod = after ?? before!;
    const uid = pod.metadata.uid ?? "";
    const assigned = Boolean(pod.spec.nodeName);
    const over = !after || isPodPhaseTerminal(after.status.phase);
    if (over || pod.metadata.deletionTimestamp !== undefined) this.#preemptor.observeEnd(uid);
    if (!assigned) return this.#unassignedChanged(after, before, over);
    this.#queue.delete(uid);
    this.#nominator.delete(uid);
    if (after) this.#cache.setPod(after);
    else this.#cache.removePod(uid);
    if (!over && before?.spec.nodeName)
      for (const event of podUpdateEvents("AssignedPod", before, after)) this.#queue.observe(event);
    else
      this.#queue.observe({ resource: "AssignedPod", action: over ? "Delete" : "Add", before: before ?? pod, after });
  }

  #unassignedChanged(after: V1Pod | undefined, before: V1Pod | undefined, over: boolean): void {
    const pod = after ?? before!;
    const uid = pod.metadata.uid ?? "";
    if (over) this.#nominator.delete(uid);
    if (over || pod.metadata.deletionTimestamp !== undefined) {
      this.#queue.delete(uid);
      this.#waiting.reject(uid, "", "the pod is being deleted");
    }
    if (this.#cache.isAssumed(uid)) return after ? undefined : this.#assumedGone(pod);
    if (over) return;
    this.#nominator.observe(pod, before);
    if (pod.metadata.deletionTimestamp !== undefined || !this.#isOurs(pod)) return;
    this.#queue.set(pod);
    // Somebody more important is to have the room that was being made for it.
    if (before?.status.nominatedNodeName && !pod.status.nominatedNodeName) this.#queue.retry(uid);
  }

  /** It went before the informer showed it bound, and leaves its room to others. */
  #assumedGone(pod: V1Pod): void {
    this.#cache.removePod(pod.metadata.uid ?? "");
    this.#queue.observe({ resource: "AssignedPod", action: "Delete", before: pod, after: undefined });
  }

  /** Decides at once; binding goes on in the background. */
  #scheduleOne(pod: V1Pod, signal: AbortSignal): void {
    const count = this.#cache.nodes.length;
    const nominated = (name: string) => this.#nominator.on(name);
    const prefer = this.#nominator.nodeOf(pod.metadata.uid ?? "");
    const search = { wanted: nodesToFind(count), start: this.#start, prefer, nominated };
    const found = this.#framework.findFeasible(pod, this.#cache, search);
    this.#start = count === 0 ? 0 : (this.#start + found.processed) % count;
    if (!("nodes" in found)) return void this.#unschedulable(pod, found);
    const node =
      found.nodes.length === 1
        ? found.nodes[0]!
        : selectNode(found.nodes, this.#framework.score(found.state, pod, found.nodes), this.#options.random);
    this.#nominator.delete(pod.metadata.uid ?? "");
    this.#cache.assume(pod, node.name);
    const permission = this.#framework.reserve(found.state, pod, node.name);
    if (permission.refusal) return this.#turnDown(pod, permission.refusal);
    void this.#bind(pod, { state: found.state, node: node.name, permission, signal });
  }

  /** A plugin has second thoughts about a pod that had its node. */
  #turnDown(pod: V1Pod, { plugin }: Refusal): void {
    this.#cache.forget(pod.metadata.uid ?? "");
    this.#nominator.observe(pod, undefined);
    this.#queue.reject(pod, new Set([plugin]));
  }

  async #bind(pod: V1Pod, decision: Decision): Promise<void> {
    const { state, node, permission, signal } = decision;
    const uid = pod.metadata.uid ?? "";
    const refusal = permission.waits.size > 0 ? await this.#waiting.wait(uid, permission.waits) : undefined;
    if (refusal) {
      this.#framework.unreserve(state, pod, node);
      return this.#turnDown(pod, refusal);
    }
    try {
      await this.#framework.bind(state, pod, { node, signal });
      this.#queue.done(uid);
      this.#events.event({
        regarding: referenceTo(Pod, pod),
        type: "Normal",
        reason: "Scheduled",
        action: "Binding",
        note: `Successfully assigned ${pod.metadata.namespace}/${pod.metadata.name} to ${node}`,
      });
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
    const nominatedNode = this.#nominator.nodeOf(pod.metadata.uid ?? "");
    const room = this.#framework.postFilter(pod, error, { nominatedNode, random, now: clock.now(), nominated });
    const message = [fitMessage(error), ...(room && "message" in room ? [room.message] : [])].join(" ");
    const preemption = room && "node" in room ? room : undefined;
    if (preemption) this.#nominator.set(pod, preemption.node);
    else if (room && "clear" in room && room.clear) this.#nominator.delete(pod.metadata.uid ?? "");
    // Who makes room is not tried again before that is done; what happens meanwhile is not missed.
    if (!preemption) this.#queue.reject(pod, error.plugins);
    this.#events.event({
      regarding: referenceTo(Pod, pod),
      type: "Warning",
      reason: "FailedScheduling",
      action: "Scheduling",
      note: message,
    });
    // Begun before anything is waited for: no victim's end is missed.
    const preempting = preemption && this.#preempt(pod, preemption, error.plugins);
    try {
      await this.#writeUnschedulable(pod, message);
    } catch (failure) {
      if (!isNotFound(failure))
        logger.debug("Pod condition was not written", { pod: pod.metadata.name, error: describeError(failure) });
    }
    await preempting;
  }

  async #preempt(pod: V1Pod, preemption: Preemption, rejectedBy: ReadonlySet<string>): Promise<void> {
    if (await this.#preemptor.preempt(pod, preemption)) return this.#queue.reject(pod, rejectedBy);
    // No room could be made there; somewhere else it may.
    this.#nominator.delete(pod.metadata.uid ?? "");
    this.#queue.reject(pod, new Set());
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
