import {
  BETA_STORAGE_PROVISIONER,
  boundTo,
  defaultStorageClassOf,
  hasStorageClass,
  isFullyBound,
  isPodPhaseTerminal,
  PersistentVolume,
  PersistentVolumeClaim,
  Pod,
  podClaimKeys,
  STORAGE_PROVISIONER,
  StorageClass,
  storageClassOf,
  type V1ObjectReference,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
  type V1Pod,
} from "@dingi/api";
import { ignoreNotFound, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo } from "@dingi/client";
import {
  DONE,
  defineController,
  indexOf,
  watchOf,
  type ControllerCache,
  type ReconcileContext,
  type Result,
} from "@dingi/controller-runtime";
import { podsByClaim, podsWithClaim } from "../pods-by-claim.ts";
import { claimBoundTo, claimInPhase } from "./claim-status.ts";
import { planClaim, type ClaimPlan, type PlannedEvent } from "./plan-claim.ts";
import { planVolume, reclaimFailure, unbound } from "./plan-volume.ts";

const BY_CLAIM = "claim";
const FREE_BY_CLASS = "free-class";
const UNBOUND_BY_CLASS = "unbound-class";

/**
 * Binds claims to volumes, asks for volumes that are missing, and lets volumes go whose claims are gone. The keys are those
 * of claims, and of volumes, which have no namespace. Upstream: pkg/controller/volume/persistentvolume/pv_controller.go
 */
export const persistentVolumeBinder = defineController({
  name: "persistentvolume-binder-controller",
  serviceAccount: "persistent-volume-binder",
  for: PersistentVolumeClaim,
  watches: [
    watchOf(PersistentVolumeClaim, (claim, { cache }) => volumesConcerned(claim, cache)),
    watchOf(PersistentVolume, (volume, { cache }, previous) => [
      keyOf(volume),
      ...claimsConcerned(volume, cache),
      ...(previous ? claimOf(previous) : []),
    ]),
    watchOf(StorageClass, ({ metadata }, { cache }) =>
      ["", metadata.name ?? ""].flatMap((name) => cache.by(PersistentVolumeClaim, UNBOUND_BY_CLASS, name)).map(keyOf),
    ),
    watchOf(Pod, (pod, { cache }) => unboundClaimsOf(pod, cache)),
  ],
  indexes: [
    podsByClaim,
    indexOf(PersistentVolume, BY_CLAIM, (volume) =>
      claimOf(volume).map(({ namespace, name }) => `${namespace}/${name}`),
    ),
    indexOf(PersistentVolume, FREE_BY_CLASS, (volume) => (volume.spec.claimRef ? [] : [storageClassOf(volume)])),
    indexOf(PersistentVolumeClaim, UNBOUND_BY_CLASS, (claim) => (isFullyBound(claim) ? [] : [storageClassOf(claim)])),
  ],
  // Two claims that want one volume are decided about one after the other.
  concurrency: 1,
  reconcile: async (key, context) => {
    if (key.namespace === "") await reconcileVolume(key, context);
    else await reconcileClaim(key, context);
    return DONE satisfies Result;
  },
});

function claimOf({ spec: { claimRef } }: V1PersistentVolume): ObjectKey[] {
  return claimRef ? [{ namespace: claimRef.namespace ?? "", name: claimRef.name ?? "" }] : [];
}

function volumesConcerned(claim: V1PersistentVolumeClaim, cache: ControllerCache): ObjectKey[] {
  const { namespace, name } = claim.metadata;
  const bound = cache.by(PersistentVolume, BY_CLAIM, `${namespace}/${name}`).map(keyOf);
  const { volumeName } = claim.spec;
  return volumeName ? [...bound, { namespace: "", name: volumeName }] : bound;
}

/** Whom a volume belongs to, or who may want it. */
function claimsConcerned(volume: V1PersistentVolume, cache: ControllerCache): ObjectKey[] {
  if (volume.spec.claimRef) return claimOf(volume);
  if (volume.status.phase !== "Available") return [];
  return cache.by(PersistentVolumeClaim, UNBOUND_BY_CLASS, storageClassOf(volume)).map(keyOf);
}

/** Whether a pod waits for them is told. */
function unboundClaimsOf(pod: V1Pod, cache: ControllerCache): ObjectKey[] {
  if (pod.spec.nodeName) return [];
  const { namespace = "" } = pod.metadata;
  return podClaimKeys(pod)
    .map((key) => ({ namespace, name: key.slice(namespace.length + 1) }))
    .filter((key) => {
      const claim = cache.get(PersistentVolumeClaim, key);
      return claim && !isFullyBound(claim);
    });
}

async function reconcileClaim(key: ObjectKey, context: ReconcileContext): Promise<void> {
  const { cache } = context;
  const claim = cache.get(PersistentVolumeClaim, key);
  if (!claim) return;
  const kept = cache.by(PersistentVolume, BY_CLAIM, `${key.namespace}/${key.name}`);
  const plan = planClaim(claim, {
    candidates: [...kept, ...cache.by(PersistentVolume, FREE_BY_CLASS, storageClassOf(claim))],
    volume: (name) => cache.get(PersistentVolume, { namespace: "", name }),
    storageClass: (name) => cache.get(StorageClass, { namespace: "", name }),
    defaultClass: hasStorageClass(claim) ? undefined : defaultStorageClassOf(cache.list(StorageClass))?.metadata.name,
    waitingPods: podsWithClaim(key, cache)
      .filter(({ spec, status }) => !spec.nodeName && !isPodPhaseTerminal(status.phase))
      .map(({ metadata }) => metadata.name ?? ""),
  });
  await carryOut(plan, claim, context);
}

async function carryOut(plan: ClaimPlan, claim: V1PersistentVolumeClaim, context: ReconcileContext): Promise<void> {
  const { client } = context;
  const tell = (event: PlannedEvent) => tellOf(referenceTo(PersistentVolumeClaim, claim), event, context);
  switch (plan.action) {
    case "bind":
      return await bind(plan.volume, claim, context);
    case "wait":
      if (plan.event) tell(plan.event);
      return await writeClaimStatus(claim, claimInPhase(claim, "Pending"), context);
    case "give class":
      await client.update(PersistentVolumeClaim, { ...claim, spec: { ...claim.spec, storageClassName: plan.name } });
      return;
    case "ask provisioner":
      return await askProvisioner(plan.name, claim, context);
    case "tell":
      return tell(plan.event);
    case "lose":
      if (claim.status.phase === "Lost") return;
      await writeClaimStatus(claim, claimInPhase(claim, "Lost"), context);
      return tell(plan.event);
  }
}

/** Four writes, each of which is found done when the ones after it have to be tried again. */
async function bind(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim, context: ReconcileContext) {
  const { client } = context;
  const taken = boundTo(volume, claim);
  const own = taken === volume ? volume : await client.update(PersistentVolume, taken);
  await setPhase(own, { phase: "Bound" }, context);
  const named = claimBoundTo(claim, own);
  const whole = named === claim ? claim : await client.update(PersistentVolumeClaim, named);
  await writeClaimStatus(whole, claimInPhase(whole, "Bound", own), context);
}

async function askProvisioner(name: string, claim: V1PersistentVolumeClaim, context: ReconcileContext): Promise<void> {
  const { annotations } = claim.metadata;
  if (annotations?.[STORAGE_PROVISIONER] !== name) {
    const marks = { ...annotations, [STORAGE_PROVISIONER]: name, [BETA_STORAGE_PROVISIONER]: name };
    await context.client.update(PersistentVolumeClaim, {
      ...claim,
      metadata: { ...claim.metadata, annotations: marks },
    });
  }
  const message =
    `Waiting for a volume to be created either by the external provisioner '${name}' or manually by the system ` +
    "administrator. If volume creation is delayed, please verify that the provisioner is running and correctly registered.";
  tellOf(
    referenceTo(PersistentVolumeClaim, claim),
    { type: "Normal", reason: "ExternalProvisioning", message },
    context,
  );
}

async function reconcileVolume(key: ObjectKey, context: ReconcileContext): Promise<void> {
  const volume = context.cache.get(PersistentVolume, key);
  if (!volume) return;
  const claim = await findClaim(volume, context);
  const plan = planVolume(volume, claim);
  switch (plan.action) {
    case "set phase":
      return void (await setPhase(volume, { phase: plan.phase }, context));
    case "unbind":
      return void (await setPhase(
        await context.client.update(PersistentVolume, unbound(volume)),
        { phase: "Available" },
        context,
      ));
    case "release":
      return await release(volume, context);
    case "tell mismatch":
      return tellMismatch(volume, claim!, context);
    case "leave to claim":
  }
}

/** Of a claim that the cache lacks, or shows as another, the server is asked: what is released is not bound again. */
async function findClaim(
  volume: V1PersistentVolume,
  { cache, client }: ReconcileContext,
): Promise<V1PersistentVolumeClaim | undefined> {
  const uid = volume.spec.claimRef?.uid;
  const [key] = claimOf(volume);
  if (!key || !uid) return undefined;
  const known = cache.get(PersistentVolumeClaim, key);
  if (known?.metadata.uid === uid) return known;
  if (isReleased(volume)) return undefined;
  const fresh = await client.get(PersistentVolumeClaim, key).catch(ignoreNotFound);
  return fresh?.metadata.uid === uid ? fresh : undefined;
}

const isReleased = ({ status }: V1PersistentVolume): boolean =>
  status.phase === "Released" || status.phase === "Failed";

async function release(volume: V1PersistentVolume, context: ReconcileContext): Promise<void> {
  const released = isReleased(volume) ? volume : await setPhase(volume, { phase: "Released" }, context);
  const failure = reclaimFailure(released);
  if (!failure || released.status.phase === "Failed") return;
  const failed = await setPhase(released, { phase: "Failed", message: failure.message }, context);
  tellOf(referenceTo(PersistentVolume, failed), { type: "Warning", ...failure }, context);
}

function tellMismatch(volume: V1PersistentVolume, claim: V1PersistentVolumeClaim, context: ReconcileContext): void {
  const because = "due to incompatible volumeMode.";
  const [volumeName, claimName] = [JSON.stringify(volume.metadata.name), JSON.stringify(claim.metadata.name)];
  const event = (message: string): PlannedEvent => ({ type: "Warning", reason: "VolumeMismatch", message });
  const ofVolume = event(`Cannot bind PersistentVolume to requested PersistentVolumeClaim ${claimName} ${because}`);
  tellOf(referenceTo(PersistentVolume, volume), ofVolume, context);
  const ofClaim = event(`Cannot bind PersistentVolume ${volumeName} to requested PersistentVolumeClaim ${because}`);
  tellOf(referenceTo(PersistentVolumeClaim, claim), ofClaim, context);
}

async function setPhase(
  volume: V1PersistentVolume,
  wanted: { readonly phase: string; readonly message?: string },
  { client }: ReconcileContext,
): Promise<V1PersistentVolume> {
  if (volume.status.phase === wanted.phase) return volume;
  const { message: _before, ...status } = volume.status;
  const changed = { ...volume, status: { ...status, ...wanted } };
  return await client.update(PersistentVolume, changed, { subresource: "status" });
}

async function writeClaimStatus(
  claim: V1PersistentVolumeClaim,
  wanted: V1PersistentVolumeClaim,
  { client }: ReconcileContext,
): Promise<void> {
  if (wanted !== claim) await client.update(PersistentVolumeClaim, wanted, { subresource: "status" });
}

function tellOf(about: V1ObjectReference, { type, reason, message }: PlannedEvent, { events }: ReconcileContext): void {
  events.event(about, type, reason, message);
}
