import {
  forbidden,
  invalid,
  notFound,
  notSupported,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1Container, V1VolumeDevice, V1VolumeMount } from "../pod.gen.ts";
import type { PodContext } from "./context.ts";
import { validateDescendingPath, validateNoBacksteps } from "./paths.ts";

const PROPAGATIONS = ["Bidirectional", "HostToContainer", "None"];
const RECURSIVE_READ_ONLY = ["Disabled", "Enabled", "IfPossible"];

/** Upstream: pkg/apis/core/validation/validation.go#ValidateVolumeMounts; its paths have no index where these have none. */
export function validateVolumeMounts(container: V1Container, { volumes }: PodContext, field: FieldPath): FieldError[] {
  const taken = new Set<string>();
  const devices = new Map((container.volumeDevices ?? []).map(({ name, devicePath }) => [name, devicePath]));
  const devicePaths = new Set(devices.values());
  return (container.volumeMounts ?? []).flatMap((mount, i) => {
    const { name, mountPath } = mount;
    const at = field.index(i);
    const errors: FieldError[] = [];
    if (!name) errors.push(required(at.child("name")));
    if (!volumes.has(name)) errors.push(notFound(at.child("name"), name));
    if (!mountPath) errors.push(required(at.child("mountPath")));
    if (taken.has(mountPath)) errors.push(invalid(at.child("mountPath"), mountPath, "must be unique"));
    taken.add(mountPath);
    if (devices.has(name)) errors.push(invalid(at.child("name"), name, "must not already exist in volumeDevices"));
    if (devicePaths.has(mountPath)) {
      errors.push(invalid(at.child("mountPath"), mountPath, "must not already exist as a path in volumeDevices"));
    }
    return [...errors, ...subPathErrors(mount, at, field), ...modeErrors(mount, container, field)];
  });
}

function subPathErrors({ subPath, subPathExpr }: V1VolumeMount, at: FieldPath, field: FieldPath): FieldError[] {
  const errors = subPath ? validateDescendingPath(subPath, field.child("subPath")) : [];
  if (!subPathExpr) return errors;
  if (subPath)
    errors.push(invalid(at.child("subPathExpr"), subPathExpr, "subPathExpr and subPath are mutually exclusive"));
  return [...errors, ...validateDescendingPath(subPathExpr, field.child("subPathExpr"))];
}

function modeErrors(mount: V1VolumeMount, { securityContext }: V1Container, field: FieldPath): FieldError[] {
  const { mountPropagation } = mount;
  const at = field.child("mountPropagation");
  const errors: FieldError[] = [];
  if (mountPropagation !== undefined) {
    if (!PROPAGATIONS.includes(mountPropagation)) errors.push(notSupported(at, mountPropagation, PROPAGATIONS));
    if (mountPropagation === "Bidirectional" && !securityContext?.privileged) {
      errors.push(forbidden(at, "Bidirectional mount propagation is available only to privileged containers"));
    }
  }
  return [...errors, ...recursiveReadOnlyErrors(mount, field.child("recursiveReadOnly"))];
}

function recursiveReadOnlyErrors(
  { recursiveReadOnly, readOnly, mountPropagation }: V1VolumeMount,
  field: FieldPath,
): FieldError[] {
  if (recursiveReadOnly === undefined || recursiveReadOnly === "Disabled") return [];
  if (!RECURSIVE_READ_ONLY.includes(recursiveReadOnly)) {
    return [notSupported(field, recursiveReadOnly, RECURSIVE_READ_ONLY)];
  }
  return [
    ...(readOnly ? [] : [forbidden(field, "may only be specified when readOnly is true")]),
    ...(mountPropagation === undefined || mountPropagation === "None"
      ? []
      : [forbidden(field, "may only be specified when mountPropagation is None or not specified")]),
  ];
}

/** Upstream: …#ValidateVolumeDevices */
export function validateVolumeDevices(container: V1Container, context: PodContext, field: FieldPath): FieldError[] {
  const names = new Set<string>();
  const paths = new Set<string>();
  const mounts = new Map((container.volumeMounts ?? []).map(({ name, mountPath }) => [name, mountPath]));
  const mountPaths = new Set(mounts.values());
  return (container.volumeDevices ?? []).flatMap((device, i) => {
    const { name, devicePath: path } = device;
    const at = field.index(i);
    const errors = deviceNameErrors(device, names, context, at.child("name"));
    if (!path) errors.push(required(at.child("devicePath")));
    if (paths.has(path)) errors.push(invalid(at.child("devicePath"), path, "must be unique"));
    if (path && validateNoBacksteps(path, at).length > 0) {
      errors.push(invalid(at.child("devicePath"), path, "can not contain backsteps ('..')"));
    } else paths.add(path);
    if (mounts.has(name)) errors.push(invalid(at.child("name"), name, "must not already exist in volumeMounts"));
    if (mountPaths.has(path)) {
      errors.push(invalid(at.child("devicePath"), path, "must not already exist as a path in volumeMounts"));
    }
    if (name) names.add(name);
    return errors;
  });
}

function deviceNameErrors(
  { name }: V1VolumeDevice,
  names: ReadonlySet<string>,
  { volumes }: PodContext,
  field: FieldPath,
): FieldError[] {
  const volume = volumes.get(name);
  const errors = name ? [] : [required(field)];
  if (names.has(name)) errors.push(invalid(field, name, "must be unique"));
  if (!volume) return [...errors, notFound(field, name)];
  if (volume.persistentVolumeClaim || volume.ephemeral) return errors;
  const text = "can only use volume source type of PersistentVolumeClaim or Ephemeral for block mode";
  return [...errors, invalid(field, name, text)];
}
