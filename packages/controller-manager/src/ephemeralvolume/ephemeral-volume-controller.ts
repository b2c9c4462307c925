import { foreignClaim, PersistentVolumeClaim, Pod, podClaimOf, type V1Pod, type V1Volume } from "@dingi/api";
import { describeError } from "@dingi/base";
import { referenceTo } from "@dingi/client";
import { DONE, defineController, watchOf, type ReconcileContext } from "@dingi/controller-runtime";
import { controllerReference } from "../claim.ts";

/** Makes the claims of pods' ephemeral volumes. Upstream: pkg/controller/volume/ephemeral/controller.go */
export const ephemeralVolumeController = defineController({
  name: "ephemeral-volume-controller",
  serviceAccount: "ephemeral-volume-controller",
  for: Pod,
  watches: [
    // One that was deleted is made anew as long as its pod is there.
    watchOf(PersistentVolumeClaim, ({ metadata: { namespace = "", ownerReferences = [] } }) =>
      ownerReferences
        .filter(({ kind, apiVersion, controller }) => controller === true && kind === "Pod" && apiVersion === "v1")
        .map(({ name }) => ({ namespace, name })),
    ),
  ],
  reconcile: async (key, context) => {
    const pod = context.cache.get(Pod, key);
    if (!pod || pod.metadata.deletionTimestamp !== undefined) return DONE;
    for (const volume of pod.spec.volumes ?? []) if (volume.ephemeral) await ensureClaim(pod, volume, context);
    return DONE;
  },
});

async function ensureClaim(pod: V1Pod, volume: V1Volume, context: ReconcileContext): Promise<void> {
  const { cache, client, events } = context;
  const tell = (why: string) =>
    events.event(referenceTo(Pod, pod), "Warning", "FailedBinding", `ephemeral volume ${volume.name}: ${why}`);
  const { namespace = "" } = pod.metadata;
  const name = podClaimOf(pod, volume)!.claimName;
  const known = cache.get(PersistentVolumeClaim, { namespace, name });
  const foreign = known && foreignClaim(pod, known);
  if (foreign !== undefined) {
    tell(foreign);
    throw new Error(`Ephemeral volume "${volume.name}" has no claim: ${foreign}`);
  }
  if (known) return;
  const { metadata: { labels, annotations } = {}, spec } = volume.ephemeral!.volumeClaimTemplate!;
  const metadata = {
    namespace,
    name,
    ownerReferences: [controllerReference(Pod, pod)],
    ...(labels ? { labels } : {}),
    ...(annotations ? { annotations } : {}),
  };
  await client.create(PersistentVolumeClaim, { metadata, spec }).catch((error: unknown) => {
    tell(`create PVC ${name}: ${describeError(error)}`);
    throw error;
  });
}
