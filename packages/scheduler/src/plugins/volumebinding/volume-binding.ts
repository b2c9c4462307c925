import {
  boundTo,
  foreignClaim,
  isFullyBound,
  isReachableOn,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  podClaims,
  SELECTED_NODE,
  StorageClass,
  storageClassOf,
  type V1Node,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1Pod,
  type V1StorageClass,
} from "@dingi/api";
import { keyOf, keyString, type KubeObject } from "@dingi/apimachinery";
import type { Clock } from "@dingi/base";
import type { Client, Informer, Informers } from "@dingi/client";
import type { NodeInfo } from "../../cache/node-info.ts";
import {
  SKIP,
  SUCCESS,
  unresolvable,
  type BindTarget,
  type CycleState,
  type Plugin,
  type Status,
} from "../../framework/plugin.ts";
import { AssumeCache } from "./assume-cache.ts";
import { BindingWaiters, claimName, podName } from "./binding-waiters.ts";
import { bindingHints } from "./hints.ts";
import { findPodVolumes, sortClaims, type PodVolumes, type SortedClaims, type VolumeWorld } from "./pod-volumes.ts";
import { storageCapacity } from "./storage-capacity.ts";

const NAME = "VolumeBinding";
const BY_CLAIM = "claim";
const FREE_BY_CLASS = "free-class";
/** Upstream: pkg/scheduler/apis/config/v1/defaults.go#SetDefaults_VolumeBindingArgs */
const BIND_TIMEOUT_MS = 600_000;
const NOTHING: PodVolumes = { bindings: [], provisions: [] };

/** Between the steps of one pod's scheduling. */
interface Cycle {
  readonly claims: SortedClaims;
  readonly byNode: Map<string, PodVolumes>;
  /** What was decided at Reserve, as it is to be written. */
  reserved: PodVolumes;
}

export interface VolumeBindingOptions {
  readonly client: Client;
  readonly informers: Informers;
  readonly clock: Clock;
}

/** Pods go where their volumes are, or can be made. Upstream: pkg/scheduler/framework/plugins/volumebinding/volume_binding.go */
export class VolumeBinding implements Plugin {
  readonly name = NAME;
  readonly hints = bindingHints;
  readonly #client: Client;
  readonly #claims: AssumeCache<V1PersistentVolumeClaim>;
  readonly #volumes: AssumeCache<V1PersistentVolume>;
  readonly #classes: Informer<V1StorageClass>;
  readonly #nodes: Informer<V1Node>;
  readonly #pods: Informer<V1Pod>;
  readonly #world: VolumeWorld;
  readonly #waiters: BindingWaiters;

  constructor({ client, informers, clock }: VolumeBindingOptions) {
    this.#client = client;
    this.#classes = informers.of(StorageClass);
    this.#nodes = informers.of(Node);
    this.#pods = informers.of(Pod);
    this.#claims = new AssumeCache(informers.of(PersistentVolumeClaim));
    const indexes = {
      [BY_CLAIM]: ({ spec: { claimRef } }: V1PersistentVolume) =>
        claimRef ? [`${claimRef.namespace}/${claimRef.name}`] : [],
      [FREE_BY_CLASS]: (volume: V1PersistentVolume) => (volume.spec.claimRef ? [] : [storageClassOf(volume)]),
    };
    this.#volumes = new AssumeCache(informers.of(PersistentVolume, { indexes }));
    // After the caches, which are to know of an event before anyone looks again.
    this.#waiters = new BindingWaiters(informers, clock);
    this.#world = {
      volume: (name) => this.#volumes.get({ namespace: "", name }),
      candidates: (claim) => [
        ...this.#volumes.by(BY_CLAIM, keyString(keyOf(claim))),
        ...this.#volumes.by(FREE_BY_CLASS, storageClassOf(claim)),
      ],
      storageClass: (name) => this.#classes.get({ namespace: "", name }),
      hasCapacity: storageCapacity(informers),
    };
  }

  preFilter(state: CycleState, pod: V1Pod): Status {
    const wanted = podClaims(pod);
    if (wanted.length === 0) return SKIP;
    const found = new Map<string, V1PersistentVolumeClaim>();
    for (const { claimName: name, isEphemeral } of wanted) {
      const claim = this.#claims.get({ namespace: pod.metadata.namespace ?? "", name });
      const refusal = claim ? refusalOf(pod, claim, isEphemeral) : absence(name, isEphemeral);
      if (refusal !== undefined) return unresolvable(refusal);
      found.set(name, claim!);
    }
    const claims = sortClaims([...found.values()], this.#world.storageClass);
    if (claims.immediate.length > 0) return unresolvable("pod has unbound immediate PersistentVolumeClaims");
    state.write(NAME, { claims, byNode: new Map(), reserved: NOTHING } satisfies Cycle);
    return SUCCESS;
  }

  filter(state: CycleState, _pod: V1Pod, { node, name }: NodeInfo): Status {
    const { claims, byNode } = state.read<Cycle>(NAME)!;
    const found = findPodVolumes(claims, node, this.#world);
    if ("reasons" in found) return unresolvable(...found.reasons);
    byNode.set(name, found);
    return SUCCESS;
  }

  /** From now on no other pod is given these volumes. */
  reserve(state: CycleState, _pod: V1Pod, node: string): Status {
    const cycle = state.read<Cycle>(NAME);
    const found = cycle?.byNode.get(node);
    if (!cycle || !found) return SUCCESS;
    const bindings = found.bindings.map(({ claim, volume }) => ({ claim, volume: boundTo(volume, claim) }));
    const provisions = found.provisions.map((claim) => selectNode(claim, node));
    for (const [index, { volume }] of bindings.entries())
      if (volume !== found.bindings[index]!.volume) this.#volumes.assume(volume);
    for (const claim of provisions) this.#claims.assume(claim);
    cycle.reserved = { bindings, provisions };
    return SUCCESS;
  }

  unreserve(state: CycleState): void {
    const { bindings, provisions } = state.read<Cycle>(NAME)?.reserved ?? NOTHING;
    for (const { volume } of bindings) this.#volumes.restore(volume);
    for (const claim of provisions) this.#claims.restore(claim);
  }

  /** Writes what was decided, and waits until the controller has bound all of it. */
  async preBind(state: CycleState, pod: V1Pod, { node, signal }: BindTarget): Promise<Status> {
    const reserved = state.read<Cycle>(NAME)?.reserved ?? NOTHING;
    if (reserved.bindings.length + reserved.provisions.length === 0) return SUCCESS;
    const written = await this.#write(reserved, signal);
    const claims = [...written.bindings.map(({ claim }) => claim), ...written.provisions];
    await this.#waiters.until({
      names: [...claims.map((claim) => claimName(keyString(keyOf(claim)))), podName(keyString(keyOf(pod)))],
      check: () => this.#isBound(pod, node, written),
      timeoutMs: BIND_TIMEOUT_MS,
      signal,
    });
    return SUCCESS;
  }

  async #write({ bindings, provisions }: PodVolumes, signal: AbortSignal): Promise<PodVolumes> {
    const written: { bindings: PodVolumes["bindings"][number][]; provisions: V1PersistentVolumeClaim[] } = {
      bindings: [],
      provisions: [],
    };
    for (const { claim, volume } of bindings)
      written.bindings.push({ claim, volume: await this.#client.update(PersistentVolume, volume, { signal }) });
    for (const claim of provisions)
      written.provisions.push(await this.#client.update(PersistentVolumeClaim, claim, { signal }));
    return written;
  }

  /** Throws when it cannot become so any more. Upstream: …/binder.go#checkBindings */
  #isBound(pod: V1Pod, nodeName: string, { bindings, provisions }: PodVolumes): boolean {
    const node = this.#nodes.get({ namespace: "", name: nodeName });
    if (!node) throw new Error(`Node "${nodeName}" is gone`);
    if (!this.#pods.get(keyOf(pod))) throw new Error(`Pod "${pod.metadata.name}" does not exist any more`);
    // All are looked at: one that waits must not hide that another will never come.
    const done = [
      ...bindings.map(({ claim, volume }) => this.#isVolumeBound(claim, volume, node)),
      ...provisions.map((claim) => this.#isProvisioned(claim, node)),
    ];
    return done.every(Boolean);
  }

  #isVolumeBound(claim: V1PersistentVolumeClaim, written: V1PersistentVolume, node: V1Node): boolean {
    const volume = this.#volumes.shown(keyOf(written));
    if (!volume) throw new Error(`Volume "${written.metadata.name}" is gone`);
    const shown = this.#shownClaim(claim);
    if (isOlder(volume, written)) return false;
    checkReachable(volume, node);
    if (!volume.spec.claimRef?.uid) throw new Error(`ClaimRef got reset for pv "${volume.metadata.name}"`);
    return isFullyBound(shown);
  }

  #isProvisioned(written: V1PersistentVolumeClaim, node: V1Node): boolean {
    const claim = this.#shownClaim(written);
    if (isOlder(claim, written)) return false;
    if (claim.metadata.annotations?.[SELECTED_NODE] !== node.metadata.name)
      throw new Error(`provisioning failed for PVC "${claim.metadata.name}"`);
    if (!isFullyBound(claim)) return false;
    const volume = this.#volumes.shown({ namespace: "", name: claim.spec.volumeName! });
    if (!volume) return false;
    checkReachable(volume, node);
    return true;
  }

  #shownClaim(claim: V1PersistentVolumeClaim): V1PersistentVolumeClaim {
    const shown = this.#claims.shown(keyOf(claim));
    if (shown?.metadata.uid !== claim.metadata.uid) throw new Error(`Claim "${claim.metadata.name}" is gone`);
    return shown!;
  }
}

function absence(name: string, isEphemeral: boolean): string {
  const quoted = JSON.stringify(name);
  return isEphemeral
    ? `waiting for ephemeral volume controller to create the persistentvolumeclaim ${quoted}`
    : `persistentvolumeclaim ${quoted} not found`;
}

/** Upstream: …/volume_binding.go#podHasPVCs */
function refusalOf(pod: V1Pod, claim: V1PersistentVolumeClaim, isEphemeral: boolean): string | undefined {
  const name = JSON.stringify(claim.metadata.name);
  if (claim.status.phase === "Lost")
    return `persistentvolumeclaim ${name} bound to non-existent persistentvolume ${JSON.stringify(claim.spec.volumeName ?? "")}`;
  if (claim.metadata.deletionTimestamp !== undefined) return `persistentvolumeclaim ${name} is being deleted`;
  return isEphemeral ? foreignClaim(pod, claim) : undefined;
}

function selectNode(claim: V1PersistentVolumeClaim, node: string): V1PersistentVolumeClaim {
  const annotations = { ...claim.metadata.annotations, [SELECTED_NODE]: node };
  return { ...claim, metadata: { ...claim.metadata, annotations } };
}

function isOlder(shown: KubeObject, written: KubeObject): boolean {
  return Number(shown.metadata.resourceVersion) < Number(written.metadata.resourceVersion);
}

function checkReachable(volume: V1PersistentVolume, node: V1Node): void {
  if (!isReachableOn(volume, node))
    throw new Error(`pv "${volume.metadata.name}" node affinity doesn't match node "${node.metadata.name}"`);
}
