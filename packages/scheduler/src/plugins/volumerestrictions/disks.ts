import type { V1Volume } from "@dingi/api";

/** Disks that are attached to one machine for one pod, unless all only read. */
export function isExclusiveDisk({ gcePersistentDisk, awsElasticBlockStore, iscsi, rbd }: V1Volume): boolean {
  return (gcePersistentDisk ?? awsElasticBlockStore ?? iscsi ?? rbd) !== undefined;
}

export function disksConflict(a: readonly V1Volume[], b: readonly V1Volume[]): boolean {
  return a.some((one) => b.some((other) => CONFLICTS.some((conflict) => conflict(one, other))));
}

const bothRead = (a: { readOnly?: boolean | undefined }, b: { readOnly?: boolean | undefined }): boolean =>
  a.readOnly === true && b.readOnly === true;

/** Upstream: pkg/scheduler/framework/plugins/volumerestrictions/volume_restrictions.go#isVolumeConflict */
const CONFLICTS: readonly ((a: V1Volume, b: V1Volume) => boolean)[] = [
  ({ gcePersistentDisk: a }, { gcePersistentDisk: b }) =>
    a !== undefined && b !== undefined && a.pdName === b.pdName && !bothRead(a, b),
  ({ awsElasticBlockStore: a }, { awsElasticBlockStore: b }) =>
    a !== undefined && b !== undefined && a.volumeID === b.volumeID,
  ({ iscsi: a }, { iscsi: b }) => a !== undefined && b !== undefined && a.iqn === b.iqn && !bothRead(a, b),
  ({ rbd: a }, { rbd: b }) =>
    a !== undefined &&
    b !== undefined &&
    a.monitors.some((monitor) => b.monitors.includes(monitor)) &&
    a.pool === b.pool &&
    a.image === b.image &&
    !bothRead(a, b),
];
