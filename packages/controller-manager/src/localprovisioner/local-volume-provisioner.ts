import {
  LOCAL_VOLUME_FINALIZER,
  LOCAL_VOLUME_NODE,
  Node,
  PersistentVolume,
  PersistentVolumeClaim,
  planLocalVolume,
  SELECTED_NODE,
  StorageClass,
  storageClassOf,
  type V1Node,
  type V1PersistentVolume,
  type V1PersistentVolumeClaim,
} from "@dingi/api";
import { ignoreAlreadyExists, ignoreGone, ignoreNotFound, keyOf, type ObjectKey } from "@dingi/apimachinery";
import { referenceTo, type Client } from "@dingi/client";
import { DONE, defineController, indexOf, watchOf, type ReconcileContext } from "@dingi/controller-runtime";
import { isAsked, planProvision, volumeNameOf } from "./plan.ts";

const ASKED_ON_NODE = "asked-on-node";
const LOCAL_ON_NODE = "local-on-node";

/**
 * Makes the objects of volumes on nodes' own disks; the nodes make and remove their directories, and this does the last of
 * it for nodes that are gone. Ours, in the place of an external provisioner: upstream's binder works with it as well.
 */
export const localVolumeProvisioner = defineController({
  name: "local-volume-provisioner",
  serviceAccount: "local-volume-provisioner",
  for: PersistentVolumeClaim,
  watches: [
    watchOf(PersistentVolume, (volume) => [keyOf(volume)]),
    watchOf(Node, ({ metadata: { name = "" } }, { cache }) => [
      ...cache.by(PersistentVolumeClaim, ASKED_ON_NODE, name).map(keyOf),
      ...cache.by(PersistentVolume, LOCAL_ON_NODE, name).map(keyOf),
    ]),
    watchOf(StorageClass, (storageClass, { cache }) =>
      cache
        .list(PersistentVolumeClaim)
        .filter((claim) => isAsked(claim) && storageClassOf(claim) === storageClass.metadata.name)
        .map(keyOf),
    ),
  ],
  indexes: [
    indexOf(PersistentVolumeClaim, ASKED_ON_NODE, (claim) => (isAsked(claim) ? nodeNameOf(claim) : [])),
    indexOf(PersistentVolume, LOCAL_ON_NODE, ({ metadata }) => {
      const node = metadata.labels?.[LOCAL_VOLUME_NODE];
      return node === undefined ? [] : [node];
    }),
  ],
  reconcile: async (key, context) => {
    if (key.namespace === "") await reconcileVolume(key, context);
    else await reconcileClaim(key, context);
    return DONE;
  },
});

function nodeNameOf({ metadata }: V1PersistentVolumeClaim): string[] {
  const name = metadata.annotations?.[SELECTED_NODE];
  return name === undefined ? [] : [name];
}

async function reconcileClaim(key: ObjectKey, context: ReconcileContext): Promise<void> {
  const { cache, client } = context;
  const claim = cache.get(PersistentVolumeClaim, key);
  if (!claim || cache.get(PersistentVolume, { namespace: "", name: volumeNameOf(claim) })) return;
  const [name] = nodeNameOf(claim);
  const storageClass = cache.get(StorageClass, { namespace: "", name: storageClassOf(claim) });
  const plan = planProvision(claim, {
    storageClass,
    node: name === undefined ? undefined : await findNode(name, context),
  });
  const tell = (type: "Normal" | "Warning", reason: string, message: string) =>
    context.events.event(referenceTo(PersistentVolumeClaim, claim), type, reason, message);
  const failed = `failed to provision volume with StorageClass ${JSON.stringify(storageClassOf(claim))}`;
  switch (plan.action) {
    case "none":
      return;
    case "refuse":
      return tell("Warning", "ProvisioningFailed", `${failed}: ${plan.why}`);
    case "reschedule": {
      const { [SELECTED_NODE]: _node, ...annotations } = claim.metadata.annotations ?? {};
      await client.update(PersistentVolumeClaim, { ...claim, metadata: { ...claim.metadata, annotations } });
      return tell("Warning", "ProvisioningFailed", `${failed}: node ${JSON.stringify(name)} not found`);
    }
    case "create":
      tell(
        "Normal",
        "Provisioning",
        `External provisioner is provisioning volume for claim ${JSON.stringify(`${key.namespace}/${key.name}`)}`,
      );
      await client.create(PersistentVolume, plan.volume).catch(ignoreAlreadyExists);
      return tell("Normal", "ProvisioningSucceeded", `Successfully provisioned volume ${plan.volume.metadata.name}`);
  }
}

/** What the cache has not heard of yet may be there. */
async function findNode(name: string, { cache, client }: ReconcileContext): Promise<V1Node | undefined> {
  const key = { namespace: "", name };
  return cache.get(Node, key) ?? (await client.get(Node, key).catch(ignoreNotFound));
}

/** Nobody is left to remove the data of a node that is gone: they went with it. */
async function reconcileVolume(key: ObjectKey, context: ReconcileContext): Promise<void> {
  const volume = context.cache.get(PersistentVolume, key);
  const node = volume?.metadata.labels?.[LOCAL_VOLUME_NODE];
  if (!volume || node === undefined || !isToGo(volume) || (await findNode(node, context))) return;
  await letGo(volume, context.client);
}

async function letGo(volume: V1PersistentVolume, client: Client): Promise<void> {
  const { deletionTimestamp, uid = "" } = volume.metadata;
  const key = keyOf(volume);
  if (deletionTimestamp === undefined)
    await client.delete(PersistentVolume, key, { preconditions: { uid } }).catch(ignoreGone);
  const fresh = await client.get(PersistentVolume, key).catch(ignoreNotFound);
  const { finalizers = [] } = fresh?.metadata ?? {};
  if (fresh?.metadata.uid !== uid || !finalizers.includes(LOCAL_VOLUME_FINALIZER)) return;
  const left = finalizers.filter((name) => name !== LOCAL_VOLUME_FINALIZER);
  await client
    .update(PersistentVolume, { ...fresh!, metadata: { ...fresh!.metadata, finalizers: left } })
    .catch(ignoreGone);
}

function isToGo(volume: V1PersistentVolume): boolean {
  const plan = planLocalVolume(volume);
  return plan === "remove" || plan === "let go";
}
