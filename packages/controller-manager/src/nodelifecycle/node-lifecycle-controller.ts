import { Lease, Node, Pod, type V1Node } from "@dingi/api";
import { ignoreNotFound, keyOf, wireTime, equalJson, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo } from "@dingi/client";
import {
  DONE,
  defineController,
  watchOf,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { podsByNode, podsOn } from "../pods-by-node.ts";
import { evictionTimeMs, unknownConditions, wantedTaints } from "./plan.ts";

export interface NodeLifecycleOptions {
  /** Upstream's flag --node-monitor-period. */
  readonly monitorPeriodMs: number;
  /** Upstream's flag --node-monitor-grace-period: silence after which a node counts as lost. */
  readonly monitorGraceMs: number;
}

interface Heard {
  readonly renewTime: string;
  readonly heartbeat: string;
  /** On this process's own clock: nodes' clocks are not trusted. */
  readonly atMs: number;
}

/** Notices nodes that fall silent, taints what is not well, and moves pods away. Upstream: pkg/controller/{nodelifecycle,tainteviction} */
export function nodeLifecycleController(options: NodeLifecycleOptions): ControllerDefinition {
  const heard = new Map<string, Heard>();
  return defineController({
    name: "node-lifecycle-controller",
    serviceAccount: "node-controller",
    for: Node,
    reads: [Lease],
    indexes: [podsByNode],
    watches: [watchOf(Pod, (pod) => (pod.spec.nodeName ? [{ namespace: "", name: pod.spec.nodeName }] : []))],
    reconcile: (key, context) => reconcile(key, context, { options, heard }),
  });
}

interface Memory {
  readonly options: NodeLifecycleOptions;
  readonly heard: Map<string, Heard>;
}

async function reconcile(key: ObjectKey, context: ReconcileContext, memory: Memory): Promise<Result> {
  const node = context.cache.get(Node, key);
  if (!node) {
    memory.heard.delete(key.name);
    return DONE;
  }
  const monitored = await monitor(node, context, memory);
  const tainted = await taint(monitored, context);
  const evictMs = await evict(tainted, context);
  return { requeueAfterMs: Math.max(10, Math.min(memory.options.monitorPeriodMs, evictMs)) };
}

async function monitor(node: V1Node, context: ReconcileContext, { options, heard }: Memory): Promise<V1Node> {
  const { cache, clock } = context;
  const name = node.metadata.name ?? "";
  const renewTime = cache.get(Lease, { namespace: "kube-node-lease", name })?.spec?.renewTime ?? "";
  const heartbeat = node.status.conditions?.find(({ type }) => type === "Ready")?.lastHeartbeatTime ?? "";
  const last = heard.get(name);
  if (!last || last.renewTime !== renewTime || last.heartbeat !== heartbeat) {
    heard.set(name, { renewTime, heartbeat, atMs: clock.monotonic() });
    return node;
  }
  if (clock.monotonic() - last.atMs < options.monitorGraceMs) return node;
  const lost = await markUnknown(node, context);
  // In each round: what did not succeed in the first is not forgotten.
  await markNotReady(name, context);
  return lost;
}

async function markUnknown(node: V1Node, { client, clock, events }: ReconcileContext): Promise<V1Node> {
  const conditions = unknownConditions(node, wireTime(clock.now()));
  if (equalJson(conditions, node.status.conditions ?? [])) return node;
  const { name } = node.metadata;
  events.event(referenceTo(Node, node), "Normal", "NodeNotReady", `Node ${name} status is now: NodeNotReady`);
  return await client.update(Node, { ...node, status: { ...node.status, conditions } }, { subresource: "status" });
}

/** Nobody on the lost node can say that its pods are not ready, so it is said here. */
async function markNotReady(name: string, { cache, client, clock }: ReconcileContext): Promise<void> {
  const now = wireTime(clock.now());
  for (const pod of podsOn(name, cache)) {
    const ready = pod.status.conditions?.find(({ type, status }) => type === "Ready" && status === "True");
    if (!ready) continue;
    const patch = {
      status: { conditions: [{ type: "Ready", status: "False", reason: "NodeNotReady", lastTransitionTime: now }] },
    };
    await client.patch(Pod, keyOf(pod), patch, { type: "strategic", subresource: "status" }).catch(ignoreNotFound);
  }
}

async function taint(node: V1Node, { client, clock }: ReconcileContext): Promise<V1Node> {
  const taints = wantedTaints(node, wireTime(clock.now()));
  if (equalJson(taints, node.spec.taints ?? [])) return node;
  return await client.update(Node, { ...node, spec: { ...node.spec, taints } });
}

/** Deletes the pods whose time on the node is over; returns when the next is due. */
async function evict(node: V1Node, context: ReconcileContext): Promise<number> {
  const { cache, client, clock, events } = context;
  let next = Number.POSITIVE_INFINITY;
  if (!(node.spec.taints ?? []).some(({ effect }) => effect === "NoExecute")) return next;
  for (const pod of podsOn(node.metadata.name ?? "", cache)) {
    const dueMs = evictionTimeMs(pod, node.spec.taints ?? []);
    if (dueMs === undefined) continue;
    if (dueMs > clock.now()) {
      next = Math.min(next, dueMs - clock.now());
      continue;
    }
    events.event(
      referenceTo(Pod, pod),
      "Normal",
      "TaintManagerEviction",
      `Marking for deletion Pod ${pod.metadata.namespace}/${pod.metadata.name}`,
    );
    const condition = {
      type: "DisruptionTarget",
      status: "True",
      reason: "DeletionByTaintManager",
      message: "Taint manager: deleting due to NoExecute taint",
      lastTransitionTime: wireTime(clock.now()),
    };
    await client
      .patch(Pod, keyOf(pod), { status: { conditions: [condition] } }, { type: "strategic", subresource: "status" })
      .catch(ignoreNotFound);
    await client.delete(Pod, keyOf(pod)).catch(ignoreNotFound);
  }
  return next;
}
