import type { Draft } from "@dingi/apimachinery";
import { defaultVolumeSource } from "../../core/persistentvolume/defaults.ts";
import type { V1VolumeAttachment } from "./volumeattachment.gen.ts";

/** Upstream: pkg/apis/storage/v1/zz_generated.defaults.go#SetObjectDefaults_VolumeAttachment */
export function defaultVolumeAttachment({ spec }: Draft<V1VolumeAttachment>): void {
  const inline = spec.source?.inlineVolumeSpec;
  if (inline) defaultVolumeSource(inline);
}
