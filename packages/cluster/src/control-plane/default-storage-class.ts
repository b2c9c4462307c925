import { defaultStorageClassOf, LOCAL_PROVISIONER, StorageClass } from "@dingi/api";
import { ignoreAlreadyExists } from "@dingi/apimachinery";
import type { Client } from "@dingi/client";

const NAME = "standard";

/** A claim that names no class gets a volume on the disk of its pod's node, unless somebody has said otherwise. */
export async function publishDefaultStorageClass(client: Client): Promise<void> {
  const { items } = await client.list(StorageClass);
  if (defaultStorageClassOf(items) || items.some(({ metadata }) => metadata.name === NAME)) return;
  const metadata = { name: NAME, annotations: { "storageclass.kubernetes.io/is-default-class": "true" } };
  await client
    .create(StorageClass, {
      metadata,
      provisioner: LOCAL_PROVISIONER,
      reclaimPolicy: "Delete",
      volumeBindingMode: "WaitForFirstConsumer",
      allowVolumeExpansion: false,
    })
    .catch(ignoreAlreadyExists);
}
