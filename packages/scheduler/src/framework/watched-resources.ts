import {
  CSIDriver,
  CSINode,
  CSIStorageCapacity,
  PersistentVolume,
  PersistentVolumeClaim,
  StorageClass,
  VolumeAttachment,
} from "@dingi/api";
import type { KindDefinition, KubeObject } from "@dingi/apimachinery";
import type { Informers } from "@dingi/client";
import type { ClusterEvent, WatchedResource } from "./cluster-event.ts";
import type { Plugin } from "./plugin.ts";

const KINDS = {
  PersistentVolumeClaim,
  PersistentVolume,
  StorageClass,
  CSINode,
  CSIDriver,
  CSIStorageCapacity,
  VolumeAttachment,
} satisfies Record<WatchedResource, unknown>;

/** Kinds that some plugin wants to hear of. */
function kindsOf(plugins: readonly Plugin[]): readonly WatchedResource[] {
  const wanted = new Set(plugins.flatMap(({ hints = [] }) => hints.map(({ resource }) => resource as string)));
  return (Object.keys(KINDS) as WatchedResource[]).filter((name) => wanted.has(name));
}

/** Makes the informers, so that they are started with the others. */
export function watchResources(plugins: readonly Plugin[], informers: Informers): void {
  for (const name of kindsOf(plugins)) informers.of(KINDS[name] as unknown as KindDefinition<KubeObject>);
}

/** Tells of whatever happens to objects that plugins want to hear of, from now on; of what exists, too. */
export function observeResources(
  plugins: readonly Plugin[],
  informers: Informers,
  observe: (event: ClusterEvent) => void,
): Disposable {
  const subscriptions = new DisposableStack();
  for (const resource of kindsOf(plugins)) {
    const informer = informers.of(KINDS[resource] as unknown as KindDefinition<KubeObject>);
    subscriptions.use(
      informer.onEvent((event) => {
        const { object } = event;
        if (event.type === "added") observe({ resource, action: "Add", before: undefined, after: object });
        else if (event.type === "deleted") observe({ resource, action: "Delete", before: object, after: undefined });
        else observe({ resource, action: "Update", before: event.previous, after: object });
      }),
    );
  }
  return subscriptions;
}
