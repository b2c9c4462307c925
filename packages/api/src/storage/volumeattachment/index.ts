import { defineKind } from "@dingi/apimachinery";
import { columns } from "./columns.ts";
import { defaultVolumeAttachment } from "./defaults.ts";
import { statusStrategy, strategy } from "./strategy.ts";
import { V1VolumeAttachment } from "./volumeattachment.gen.ts";

export * from "./volumeattachment.gen.ts";

export const VolumeAttachment = defineKind<V1VolumeAttachment>({
  group: "storage.k8s.io",
  kind: "VolumeAttachment",
  plural: "volumeattachments",
  scope: "Cluster",
  versions: { "storage.k8s.io/v1": { schema: V1VolumeAttachment, defaults: defaultVolumeAttachment, storage: true } },
  strategy,
  subresources: { status: { type: "update", strategy: statusStrategy } },
  columns,
  returnsDeletedObject: true,
});
