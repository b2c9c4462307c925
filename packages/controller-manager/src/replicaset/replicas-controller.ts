import { isPodActive, Pod, type V1Pod, type V1ReplicaSet } from "@dingi/api";
import {
  keyString,
  labelSelectorAsSelector,
  semanticEqual,
  type KindDefinition,
  type KubeObject,
  type ObjectKey,
} from "@dingi/apimachinery";
import { describeError, type Clock } from "@dingi/base";
import {
  DONE,
  defineController,
  Expectations,
  type AnyKindDefinition,
  type ControllerCache,
  type ControllerDefinition,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { candidatesFor, claim, controllerOf, orphanedPods, ownedByUid, podOwnerIndexes } from "../claim.ts";
import {
  createPod,
  deletePod,
  forAll,
  podFromTemplate,
  slowStart,
  untilAvailable,
  type PodOwner,
} from "../pod-control.ts";
import { podsSelectedBy } from "../selected-pods.ts";
import { planReplicas, replicaSetStatus, type ReplicaFailure, type ReplicaPlan } from "./plan.ts";

/** A kind that keeps a number of pods, and how it is read as a ReplicaSet and takes a ReplicaSet's status. */
export interface ReplicasKind<T extends KubeObject> {
  readonly name: string;
  readonly serviceAccount: string;
  readonly kind: KindDefinition<T>;
  asReplicaSet(object: T): V1ReplicaSet;
  withStatus(object: T, status: V1ReplicaSet["status"]): T;
}

/** Keeps as many active Pods as `spec.replicas`. Upstream: pkg/controller/replicaset/replica_set.go */
export function replicasController<T extends KubeObject>(
  replicas: ReplicasKind<T>,
  clock: Clock,
): ControllerDefinition {
  const expectations = new Expectations(clock);
  const { name, serviceAccount, kind, asReplicaSet } = replicas;
  const selectorOf = (object: T) => asReplicaSet(object).spec.selector;
  return defineController({
    name,
    serviceAccount,
    for: kind as unknown as AnyKindDefinition,
    owns: [Pod],
    watches: [orphanedPods(kind, selectorOf)],
    indexes: podOwnerIndexes(kind, selectorOf),
    reconcile: (key, context) => new Round(replicas, context, expectations).reconcile(key),
  });
}

/** One round over one object. */
class Round<T extends KubeObject> {
  readonly #replicas: ReplicasKind<T>;
  readonly #context: ReconcileContext;
  readonly #expectations: Expectations;

  constructor(replicas: ReplicasKind<T>, context: ReconcileContext, expectations: Expectations) {
    this.#replicas = replicas;
    this.#context = context;
    this.#expectations = expectations;
  }

  async reconcile(key: ObjectKey): Promise<Result> {
    const { cache, client, clock } = this.#context;
    const { kind, asReplicaSet, withStatus } = this.#replicas;
    const object = cache.get(kind, key);
    if (!object) {
      this.#expectations.forget(keyString(key));
      return DONE; // deleted: the garbage collector owns its Pods now
    }
    const rs = asReplicaSet(object);
    const candidates = candidatesFor(rs, Pod, cache);
    const pods = await claim({ client, ownerKind: kind, owner: rs, kind: Pod, candidates });
    const failure = await this.#manage(key, rs, pods);
    const told = withStatus(object, replicaSetStatus(rs, pods, failure, clock.now()));
    if (!semanticEqual(told, object)) await client.update(kind, told, { subresource: "status" });
    if (failure) throw new Error(failure.message);
    const waitMs = untilAvailable(pods.filter(isPodActive), rs.spec.minReadySeconds ?? 0, clock.now());
    return waitMs === undefined ? DONE : { requeueAfterMs: waitMs };
  }

  async #manage(key: ObjectKey, rs: V1ReplicaSet, pods: readonly V1Pod[]): Promise<ReplicaFailure | undefined> {
    const active = pods.filter(isPodActive);
    const seen = new Set(active.map(({ metadata }) => metadata.uid ?? ""));
    if (!this.#expectations.satisfied(keyString(key), seen) || rs.metadata.deletionTimestamp !== undefined)
      return undefined;
    const rankOf = rankBy(this.#relatedPods(rs).filter(isPodActive));
    const plan = planReplicas(rs, active, { rankOf, nowMs: this.#context.clock.now() });
    return await this.#apply(keyString(key), rs, plan);
  }

  /**
   * The pods of all sets of the same owner: while a Deployment rolls, its old and new pods are crowded together.
   * Upstream: pkg/controller/replicaset/replica_set.go#getIndirectlyRelatedPods
   */
  #relatedPods(rs: V1ReplicaSet): V1Pod[] {
    const { cache } = this.#context;
    const { kind, asReplicaSet } = this.#replicas;
    const controller = controllerOf(rs);
    const related = new Map<string, V1Pod>();
    for (const sibling of controller ? ownedByUid(controller.uid, kind, cache) : []) {
      for (const pod of selectedPods(asReplicaSet(sibling), cache)) related.set(pod.metadata.uid ?? "", pod);
    }
    return [...related.values()];
  }

  async #apply(key: string, rs: V1ReplicaSet, plan: ReplicaPlan): Promise<ReplicaFailure | undefined> {
    const owner: PodOwner = { kind: this.#replicas.kind, object: rs };
    if (plan.create > 0) return await this.#create(key, owner, { rs, count: plan.create });
    try {
      await forAll(plan.remove, async (pod) => await this.#remove(key, owner, pod));
      return undefined;
    } catch (error) {
      return { reason: "FailedDelete", message: describeError(error) };
    }
  }

  async #create(
    key: string,
    owner: PodOwner,
    { rs, count }: { readonly rs: V1ReplicaSet; readonly count: number },
  ): Promise<ReplicaFailure | undefined> {
    const pod = podFromTemplate(owner, rs.spec.template);
    let isRefused = false;
    const { failure } = await slowStart(Array.from({ length: count }), async () => {
      // Of a namespace that is going away one refusal is enough.
      const created = isRefused ? undefined : await createPod(owner, pod, this.#context);
      if (created) this.#expectations.created(key, created.metadata.uid ?? "");
      else isRefused = true;
    });
    return failure && { reason: "FailedCreate", message: describeError(failure.error) };
  }

  async #remove(key: string, owner: PodOwner, pod: V1Pod): Promise<void> {
    this.#expectations.deleted(key, pod.metadata.uid ?? "");
    try {
      await deletePod(owner, pod, this.#context);
    } catch (error) {
      this.#expectations.forget(key);
      throw error;
    }
  }
}

function selectedPods({ metadata, spec }: V1ReplicaSet, cache: ControllerCache): V1Pod[] {
  return podsSelectedBy(labelSelectorAsSelector(spec.selector), metadata.namespace ?? "", cache);
}

function rankBy(active: readonly V1Pod[]): (pod: V1Pod) => number {
  const perNode = new Map<string, number>();
  for (const { spec } of active) perNode.set(spec.nodeName ?? "", (perNode.get(spec.nodeName ?? "") ?? 0) + 1);
  return (pod) => perNode.get(pod.spec.nodeName ?? "") ?? 0;
}
