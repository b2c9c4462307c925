import type { Draft } from "./draft.ts";
import type { V1ObjectMeta } from "./meta.gen.ts";

/** What a subresource never touches. Upstream: apimachinery/pkg/apis/meta/v1/helpers.go#ResetObjectMetaForStatus */
export function resetObjectMetaForStatus(metadata: Draft<V1ObjectMeta>, old: V1ObjectMeta): void {
  const { deletionTimestamp, generation, labels, annotations, ownerReferences, finalizers } = old;
  Object.assign(metadata, { deletionTimestamp, generation, labels, annotations, ownerReferences, finalizers });
}
