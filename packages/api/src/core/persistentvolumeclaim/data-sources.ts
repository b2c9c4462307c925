import type { Draft } from "@dingi/apimachinery";
import type { V1TypedLocalObjectReference } from "../reference/index.ts";
import type { V1PersistentVolumeClaimSpec } from "./persistentvolumeclaim.gen.ts";

const KNOWN: Readonly<Record<string, string>> = {
  PersistentVolumeClaim: "",
  VolumeSnapshot: "snapshot.storage.k8s.io",
};

/**
 * A source in another namespace is dropped, since the feature for it is off, and so is one of an unknown kind that comes
 * by the old field, as it always was. What is in use already stays.
 * Upstream: pkg/api/persistentvolumeclaim/util.go#DropDisabledFields, #EnforceDataSourceBackwardsCompatibility
 */
export function dropDataSources(spec: Draft<V1PersistentVolumeClaimSpec>, old?: V1PersistentVolumeClaimSpec): void {
  if (spec.dataSourceRef?.namespace && !old?.dataSourceRef) delete spec.dataSourceRef;
  const isNewer = spec.dataSourceRef !== undefined || hasSource(old);
  if (!isNewer && spec.dataSource && !isKnown(spec.dataSource)) delete spec.dataSource;
}

const hasSource = (spec: V1PersistentVolumeClaimSpec | undefined): boolean =>
  (spec?.dataSource ?? spec?.dataSourceRef) !== undefined;

const isKnown = ({ kind, apiGroup }: V1TypedLocalObjectReference): boolean =>
  Object.hasOwn(KNOWN, kind) && KNOWN[kind] === (apiGroup ?? "");

/** Each of the two fields says what the other does, unless the source is elsewhere. Upstream: …#NormalizeDataSources */
export function normalizeDataSources(spec: Draft<V1PersistentVolumeClaimSpec>): void {
  const { dataSource, dataSourceRef } = spec;
  if (dataSource && !dataSourceRef) spec.dataSourceRef = { ...dataSource };
  if (!dataSourceRef || dataSource || dataSourceRef.namespace) return;
  const { apiGroup, kind, name } = dataSourceRef;
  spec.dataSource = { apiGroup, kind, name };
}
