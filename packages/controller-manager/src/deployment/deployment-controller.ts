import { Deployment, Pod, ReplicaSet, type V1Deployment, type V1Pod, type V1ReplicaSet } from "@dingi/api";
import { ignoreNotFound, equalJson, isAlreadyExists, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo } from "@dingi/client";
import { describeError } from "@dingi/base";
import {
  DONE,
  defineController,
  indexesOf,
  watchOf,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { candidatesFor, claim, controllerReference, ownedBy, ownershipIndexes } from "../claim.ts";
import {
  boundsOf,
  growNew,
  isScaling,
  REPLICA_ANNOTATIONS,
  scaleProportionally,
  shrinkOld,
  type Bounds,
  type Sizes,
} from "./rolling.ts";
import { deploymentStatus, isComplete, type StatusInput } from "./status.ts";
import {
  findNewSet,
  HASH_LABEL,
  nextRevision,
  REVISION,
  revisionOf,
  setAnnotations,
  templateHash,
} from "./template.ts";

/** Rolls ReplicaSets so that pods come to match the template. Upstream: pkg/controller/deployment/deployment_controller.go */
export const deploymentController = defineController({
  name: "deployment-controller",
  serviceAccount: "deployment-controller",
  for: Deployment,
  owns: [ReplicaSet],
  watches: [watchOf(Pod, deletedPodOwner)],
  indexes: [...indexesOf(ReplicaSet, ownershipIndexes), ...indexesOf(Pod, ownershipIndexes)],
  reconcile,
});

/** Recreate waits for old pods to be gone, so their end concerns the deployment. */
function* deletedPodOwner(pod: V1Pod, { cache }: ReconcileContext): Iterable<ObjectKey> {
  const owner = (pod.metadata.ownerReferences ?? []).find(
    ({ controller, kind }) => controller && kind === "ReplicaSet",
  );
  const namespace = pod.metadata.namespace ?? "";
  const rs = owner && cache.get(ReplicaSet, { namespace, name: owner.name });
  const parent = (rs?.metadata.ownerReferences ?? []).find(
    ({ controller, kind }) => controller && kind === "Deployment",
  );
  const deployment = parent && cache.get(Deployment, { namespace, name: parent.name });
  if (deployment?.spec.strategy?.type === "Recreate") yield { namespace, name: parent!.name };
}

async function reconcile(key: ObjectKey, context: ReconcileContext): Promise<Result> {
  const { cache, client } = context;
  const deployment = cache.get(Deployment, key);
  if (!deployment) return DONE; // deleted: the garbage collector owns its ReplicaSets now
  const candidates = candidatesFor(deployment, ReplicaSet, cache);
  const sets = await claim({ client, ownerKind: Deployment, owner: deployment, kind: ReplicaSet, candidates });
  const rollout = new Rollout(deployment, sets, context);
  if (deployment.metadata.deletionTimestamp !== undefined) return await rollout.writeStatus();
  return await rollout.run();
}

/** One round over one deployment. */
class Rollout {
  #deployment: V1Deployment;
  readonly #context: ReconcileContext;
  readonly #bounds: Bounds;
  #sets: readonly V1ReplicaSet[];
  #newSet: V1ReplicaSet | undefined;
  #event: StatusInput["event"];

  constructor(deployment: V1Deployment, sets: readonly V1ReplicaSet[], context: ReconcileContext) {
    this.#deployment = deployment;
    this.#context = context;
    this.#bounds = boundsOf(deployment);
    this.#sets = sets;
    this.#newSet = findNewSet(deployment, sets);
  }

  get #old(): V1ReplicaSet[] {
    return this.#sets.filter((rs) => rs.metadata.uid !== this.#newSet?.metadata.uid);
  }

  async run(): Promise<Result> {
    const { spec } = this.#deployment;
    if (spec.paused || isScaling(this.#bounds, this.#sets)) {
      await this.#resize(scaleProportionally(this.#bounds, this.#newSet, this.#old));
      if (spec.paused) await this.#cleanUp();
    } else if (spec.strategy?.type === "Recreate") await this.#recreate();
    else await this.#roll();
    return await this.writeStatus();
  }

  async #roll(): Promise<void> {
    const newSet = await this.#ensureNewSet(0);
    if (!newSet) return;
    if (await this.#resize(growNew(this.#bounds, newSet, this.#sets))) return;
    if (await this.#resize(shrinkOld(this.#bounds, newSet, this.#old))) return;
    await this.#cleanUp();
  }

  async #recreate(): Promise<void> {
    const active = this.#old.filter((rs) => (rs.spec.replicas ?? 0) > 0);
    if (await this.#resize(new Map(active.map((rs) => [rs, 0])))) return;
    if (this.#oldPodsRun()) return;
    const newSet = await this.#ensureNewSet(this.#bounds.desired);
    if (newSet && (newSet.spec.replicas ?? 0) !== this.#bounds.desired)
      await this.#resize(new Map([[newSet, this.#bounds.desired]]));
    await this.#cleanUp();
  }

  #oldPodsRun(): boolean {
    const running = (pod: V1Pod) => pod.status.phase !== "Succeeded" && pod.status.phase !== "Failed";
    return this.#old.some((rs) => ownedBy(rs, Pod, this.#context.cache).some(running));
  }

  /** Undefined while it cannot be made, which the status tells. */
  async #ensureNewSet(initialSize: number): Promise<V1ReplicaSet | undefined> {
    const revision = nextRevision(this.#old);
    const made = this.#newSet
      ? await this.#adoptAnnotations(this.#newSet, revision)
      : await this.#createNewSet(revision, initialSize);
    if (!made) return undefined;
    this.#newSet = made;
    this.#sets = [...this.#old, made];
    const written = made.metadata.annotations?.[REVISION];
    if (written !== undefined && this.#deployment.metadata.annotations?.[REVISION] !== written)
      await this.#annotateDeployment(written);
    return made;
  }

  async #adoptAnnotations(rs: V1ReplicaSet, revision: bigint): Promise<V1ReplicaSet> {
    const annotations = setAnnotations(this.#deployment, rs.metadata.annotations ?? {}, revision);
    const minReady = this.#deployment.spec.minReadySeconds;
    if (equalJson(annotations, rs.metadata.annotations ?? {}) && (minReady ?? 0) === (rs.spec.minReadySeconds ?? 0))
      return rs;
    return await this.#context.client.update(ReplicaSet, {
      ...rs,
      metadata: { ...rs.metadata, annotations },
      spec: { ...rs.spec, minReadySeconds: minReady },
    });
  }

  async #createNewSet(revision: bigint, initialSize: number): Promise<V1ReplicaSet | undefined> {
    const { client, events } = this.#context;
    const { metadata, spec } = this.#deployment;
    const hash = templateHash(spec.template, this.#deployment.status.collisionCount ?? 0);
    const labels = { ...spec.template.metadata?.labels, [HASH_LABEL]: hash };
    const size =
      this.#deployment.spec.strategy?.type === "Recreate"
        ? initialSize
        : Math.max(
            0,
            Math.min(
              this.#bounds.desired,
              this.#bounds.desired +
                this.#bounds.maxSurge -
                this.#old.reduce((sum, rs) => sum + (rs.spec.replicas ?? 0), 0),
            ),
          );
    const annotations = { ...setAnnotations(this.#deployment, {}, revision), ...this.#sizeAnnotations() };
    const selector = { ...spec.selector, matchLabels: { ...spec.selector?.matchLabels, [HASH_LABEL]: hash } };
    const template = { ...spec.template, metadata: { ...spec.template.metadata, labels } };
    const wanted = {
      metadata: {
        name: `${metadata.name}-${hash}`,
        namespace: metadata.namespace,
        labels,
        annotations,
        ownerReferences: [controllerReference(Deployment, this.#deployment)],
      },
      spec: { replicas: size, minReadySeconds: spec.minReadySeconds, selector, template },
    };
    try {
      const created = await client.create(ReplicaSet, wanted);
      events.event(
        referenceTo(Deployment, this.#deployment),
        "Normal",
        "ScalingReplicaSet",
        `Scaled up replica set ${created.metadata.name} from 0 to ${size}`,
      );
      this.#event = {
        reason: "NewReplicaSetCreated",
        message: `Created new replica set ${JSON.stringify(created.metadata.name)}`,
      };
      return created;
    } catch (error) {
      if (isAlreadyExists(error)) return await this.#collision(`${metadata.name}-${hash}`);
      this.#event = {
        reason: "ReplicaSetCreateError",
        message: `Failed to create new replica set ${JSON.stringify(wanted.metadata.name)}: ${describeError(error)}`,
      };
      await this.writeStatus();
      throw error;
    }
  }

  /** Either the cache is behind and the set is ours, or another template has the same hash. */
  async #collision(name: string): Promise<V1ReplicaSet | undefined> {
    const { client } = this.#context;
    const existing = await client.get(ReplicaSet, { namespace: this.#deployment.metadata.namespace ?? "", name });
    const owner = (existing.metadata.ownerReferences ?? []).find(({ controller }) => controller);
    if (owner?.uid === this.#deployment.metadata.uid && findNewSet(this.#deployment, [existing])) return existing;
    const collisionCount = (this.#deployment.status.collisionCount ?? 0) + 1;
    await client.update(
      Deployment,
      { ...this.#deployment, status: { ...this.#deployment.status, collisionCount } },
      { subresource: "status" },
    );
    return undefined;
  }

  async #annotateDeployment(revision: string): Promise<void> {
    const annotations = { ...this.#deployment.metadata.annotations, [REVISION]: revision };
    this.#deployment = await this.#context.client.update(Deployment, {
      ...this.#deployment,
      metadata: { ...this.#deployment.metadata, annotations },
    });
  }

  #sizeAnnotations(): Record<string, string> {
    const { desired, maxSurge } = this.#bounds;
    return { [REPLICA_ANNOTATIONS.desired]: String(desired), [REPLICA_ANNOTATIONS.max]: String(desired + maxSurge) };
  }

  /** Says whether anything changed. */
  async #resize(sizes: Sizes): Promise<boolean> {
    const { client, events } = this.#context;
    for (const [rs, replicas] of sizes) {
      const before = rs.spec.replicas ?? 0;
      const annotations = { ...rs.metadata.annotations, ...this.#sizeAnnotations() };
      const updated = await client.update(ReplicaSet, {
        ...rs,
        metadata: { ...rs.metadata, annotations },
        spec: { ...rs.spec, replicas },
      });
      const direction = replicas > before ? "up" : "down";
      events.event(
        referenceTo(Deployment, this.#deployment),
        "Normal",
        "ScalingReplicaSet",
        `Scaled ${direction} replica set ${rs.metadata.name} from ${before} to ${replicas}`,
      );
      this.#sets = this.#sets.map((other) => (other.metadata.uid === rs.metadata.uid ? updated : other));
      if (this.#newSet?.metadata.uid === rs.metadata.uid) this.#newSet = updated;
    }
    return sizes.size > 0;
  }

  /** Forgets the oldest revisions beyond the limit, once the rollout is complete. */
  async #cleanUp(): Promise<void> {
    const limit = this.#deployment.spec.revisionHistoryLimit ?? 10;
    if (!isComplete(this.#deployment, deploymentStatus(this.#input()))) return;
    const unused = this.#old.filter(
      ({ spec, status, metadata }) =>
        (spec.replicas ?? 0) === 0 && (status.replicas ?? 0) === 0 && metadata.deletionTimestamp === undefined,
    );
    const surplus = this.#old.length - limit;
    unused.sort((a, b) => (revisionOf(a) < revisionOf(b) ? -1 : 1));
    for (const replicaSet of unused.slice(0, Math.max(0, surplus)))
      await this.#context.client.delete(ReplicaSet, keyOf(replicaSet)).catch(ignoreNotFound);
  }

  #input(): StatusInput {
    return {
      deployment: this.#deployment,
      newSet: this.#newSet,
      all: this.#sets,
      nowMs: this.#context.clock.now(),
      event: this.#event,
    };
  }

  async writeStatus(): Promise<Result> {
    const status = deploymentStatus(this.#input());
    const { client, clock } = this.#context;
    if (!equalJson(status, this.#deployment.status)) {
      await client.update(Deployment, { ...this.#deployment, status }, { subresource: "status" });
    }
    if (isComplete(this.#deployment, status) || this.#deployment.spec.paused) return DONE;
    const since = status.conditions?.find(({ type }) => type === "Progressing");
    if (since?.reason === "ProgressDeadlineExceeded") return DONE;
    const deadlineMs =
      Date.parse(since?.lastUpdateTime ?? "") + (this.#deployment.spec.progressDeadlineSeconds ?? 600) * 1000;
    return Number.isFinite(deadlineMs) ? { requeueAfterMs: Math.max(1000, deadlineMs - clock.now() + 1000) } : DONE;
  }
}
