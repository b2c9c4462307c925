import {
  duplicate,
  FIELD_IMMUTABLE,
  invalid,
  notSupported,
  path,
  required,
  semanticEqual,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { StorageV1TokenRequest, V1CSIDriver, V1CSIDriverSpec } from "./csidriver.gen.ts";

const SPEC = path("spec");
const POLICIES = ["File", "None", "ReadWriteOnceWithFSType"];
const MODES = ["Persistent", "Ephemeral"];
const MIN_PERIOD_SECONDS = 10;
const MIN_TOKEN_SECONDS = 600;
const MAX_TOKEN_SECONDS = 2 ** 32;

/** Upstream: pkg/apis/storage/validation/validation.go#ValidateCSIDriver */
export function validateCSIDriver({ spec }: V1CSIDriver): FieldError[] {
  const { fsGroupPolicy: policy, nodeAllocatableUpdatePeriodSeconds: period } = spec;
  const periodText = "must be greater than or equal to 10 seconds";
  return [
    ...requiredErrors(spec),
    ...(policy === undefined || POLICIES.includes(policy)
      ? []
      : [notSupported(SPEC.child("fsGroupPolicy"), policy, POLICIES)]),
    ...tokenErrors(spec.tokenRequests ?? [], SPEC.child("tokenRequests")),
    ...(spec.volumeLifecycleModes ?? [])
      .filter((mode) => !MODES.includes(mode))
      .map((mode) => notSupported(SPEC.child("volumeLifecycleModes"), mode, MODES)),
    ...(period !== undefined && period < MIN_PERIOD_SECONDS
      ? [invalid(SPEC.child("nodeAllocatableUpdatePeriodSeconds"), period, periodText)]
      : []),
    ...secretErrors(spec),
  ];
}

/** Upstream: …#ValidateCSIDriverUpdate */
export function validateCSIDriverUpdate(driver: V1CSIDriver, old: V1CSIDriver): FieldError[] {
  const { attachRequired, volumeLifecycleModes } = driver.spec;
  return [
    ...validateCSIDriver(driver),
    ...(attachRequired === old.spec.attachRequired
      ? []
      : [invalid(SPEC.child("attachedRequired"), attachRequired ?? null, FIELD_IMMUTABLE)]),
    ...(semanticEqual(volumeLifecycleModes, old.spec.volumeLifecycleModes)
      ? []
      : [invalid(SPEC.child("volumeLifecycleModes"), volumeLifecycleModes ?? null, FIELD_IMMUTABLE)]),
  ];
}

/** Defaults fill them in: only a stored object can lack them. */
function requiredErrors(spec: V1CSIDriverSpec): FieldError[] {
  const fields = {
    attachedRequired: spec.attachRequired,
    podInfoOnMount: spec.podInfoOnMount,
    storageCapacity: spec.storageCapacity,
    seLinuxMount: spec.seLinuxMount,
    preventPodSchedulingIfMissing: spec.preventPodSchedulingIfMissing,
  };
  return Object.entries(fields).flatMap(([name, value]) => (value === undefined ? [required(SPEC.child(name))] : []));
}

/** Upstream: …#validateTokenRequests */
function tokenErrors(requests: readonly StorageV1TokenRequest[], field: FieldPath): FieldError[] {
  const audiences = new Set<string>();
  return requests.flatMap(({ audience, expirationSeconds: seconds }, i) => {
    const at = field.index(i);
    if (audiences.has(audience)) return [duplicate(at.child("audience"), audience)];
    audiences.add(audience);
    if (seconds === undefined) return [];
    const refuse = (text: string) => [invalid(at.child("expirationSeconds"), seconds, text)];
    if (seconds < MIN_TOKEN_SECONDS) return refuse("may not specify a duration less than 10 minutes");
    return seconds > MAX_TOKEN_SECONDS ? refuse("may not specify a duration larger than 2^32 seconds") : [];
  });
}

function secretErrors({ serviceAccountTokenInSecrets: inSecrets, tokenRequests }: V1CSIDriverSpec): FieldError[] {
  if (inSecrets === undefined || tokenRequests?.length) return [];
  const text = "serviceAccountTokenInSecrets is set but no tokenRequests are specified";
  return [invalid(SPEC.child("serviceAccountTokenInSecrets"), inSecrets, text)];
}
