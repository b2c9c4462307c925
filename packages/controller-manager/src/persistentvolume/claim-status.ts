import { BIND_COMPLETED, BOUND_BY_CONTROLLER, type V1PersistentVolume, type V1PersistentVolumeClaim } from "@dingi/api";
import { compareQuantity, equalJson } from "@dingi/apimachinery";

/** On a volume that is about to grow: what it was. */
const PRE_RESIZE_CAPACITY = "volume.alpha.kubernetes.io/pre-resize-capacity";

/** The claim with its volume named and the binding marked as whole; the same object when it is so. Upstream: …/pv_controller.go#bindClaimToVolume */
export function claimBoundTo(claim: V1PersistentVolumeClaim, volume: V1PersistentVolume): V1PersistentVolumeClaim {
  const { annotations = {} } = claim.metadata;
  const isNamed = claim.spec.volumeName === volume.metadata.name;
  if (isNamed && annotations[BIND_COMPLETED] !== undefined) return claim;
  const own = isNamed ? {} : { [BOUND_BY_CONTROLLER]: annotations[BOUND_BY_CONTROLLER] ?? "yes" };
  const marks = { ...annotations, ...own, [BIND_COMPLETED]: annotations[BIND_COMPLETED] ?? "yes" };
  return {
    ...claim,
    metadata: { ...claim.metadata, annotations: marks },
    spec: { ...claim.spec, volumeName: volume.metadata.name },
  };
}

type Status = V1PersistentVolumeClaim["status"];

/** The claim in a phase, as large and as open as its volume; the same object when it is so. Upstream: …/pv_controller.go#updateClaimStatus */
export function claimInPhase(
  claim: V1PersistentVolumeClaim,
  phase: "Pending" | "Bound" | "Lost",
  volume?: V1PersistentVolume,
): V1PersistentVolumeClaim {
  const status = volume ? statusWith(claim.status, phase, volume) : statusWithout(claim.status, phase);
  return equalJson(status, claim.status) ? claim : { ...claim, status };
}

function statusWithout(status: Status, phase: string): Status {
  const { accessModes: _modes, capacity: _capacity, currentVolumeAttributesClassName: _class, ...rest } = status;
  return { ...rest, phase };
}

function statusWith(status: Status, phase: string, { metadata, spec }: V1PersistentVolume): Status {
  const { accessModes } = spec;
  if (status.phase === phase) return { ...status, ...(accessModes ? { accessModes } : {}) };
  const { currentVolumeAttributesClassName: before, ...rest } = status;
  // What was there before it was bound is of no account; what it had when it was bound before is.
  const attributes = status.phase === "Pending" ? spec.volumeAttributesClassName : before;
  return {
    ...rest,
    phase,
    ...(accessModes ? { accessModes } : {}),
    ...(attributes === undefined ? {} : { currentVolumeAttributesClassName: attributes }),
    ...capacityOf(status, metadata.annotations?.[PRE_RESIZE_CAPACITY], spec),
  };
}

function capacityOf(
  status: Status,
  before: string | undefined,
  spec: V1PersistentVolume["spec"],
): Pick<Status, "capacity"> {
  if (before !== undefined) return { capacity: { ...status.capacity, storage: before } };
  const [has, is] = [status.capacity?.["storage"], spec.capacity?.["storage"] ?? "0"];
  return has !== undefined && compareQuantity(has, is) === 0 ? {} : { capacity: { ...spec.capacity } };
}
