import {
  byteLength,
  invalid,
  isDns1123Subdomain,
  isInRange,
  notSupported,
  rangeText,
  required,
  tooLong,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import type { V1LocalObjectReference } from "../../reference/index.ts";
import type { V1Volume } from "../pod.gen.ts";
import { validateLabel, validateOptionalEnum, validateSubdomain } from "./names.ts";
import { validateDescendingPath } from "./paths.ts";

/** The source of a volume's type, known to be there. */
type Source<T extends keyof V1Volume> = NonNullable<V1Volume[T]>;

const LUN_MAX = 255;
const MAX_DRIVER_NAME = 63;
const MAX_TENANT = 64;
const REGISTRY_TEXT = "must be a host:port pair or multiple pairs separated by commas";
const CACHING_MODES = ["None", "ReadOnly", "ReadWrite"];
const DISK_KINDS = ["Dedicated", "Managed", "Shared"];
const MANAGED_URI = "/subscriptions/{sub-id}/resourcegroups/{group-name}/providers/microsoft.compute/disks/{disk-id}";
const BLOB_URI = "https://{account-name}.blob.core.windows.net/{container-name}/{disk-name}.vhd";

/** Fields that have to be given. */
export function requireFields<T extends object>(source: T, names: readonly (keyof T & string)[], field: FieldPath) {
  return names.filter((name) => !hasValue(source[name])).map((name) => required(field.child(name)));
}

const hasValue = (value: unknown): boolean => (Array.isArray(value) ? value.length > 0 : Boolean(value));

const requireSecretName = (ref: V1LocalObjectReference | undefined, field: FieldPath): FieldError[] =>
  ref && !ref.name ? [required(field.child("secretRef", "name"))] : [];

/** Upstream: pkg/apis/core/validation/validation.go#validateGitRepoVolumeSource, and so on for each type */
export const gitRepoErrors = (source: Source<"gitRepo">, field: FieldPath): FieldError[] => [
  ...requireFields(source, ["repository"], field),
  ...validateDescendingPath(source.directory ?? "", field.child("directory")),
];

/** Says 1 where 0 is accepted, as upstream does. */
export function partitionErrors({ partition = 0 }: { readonly partition?: number | undefined }, field: FieldPath) {
  if (partition >= 0 && partition <= LUN_MAX) return [];
  return [invalid(field.child("partition"), partition, rangeText(1, LUN_MAX))];
}

export function iscsiErrors(source: Source<"iscsi">, field: FieldPath): FieldError[] {
  const { iqn, lun, initiatorName } = source;
  const chap = source.chapAuthDiscovery || source.chapAuthSession;
  return [
    ...requireFields(source, ["targetPortal", "iqn"], field),
    ...(iqn ? iscsiNameErrors(iqn, field.child("iqn")) : []),
    ...isInRange(lun ?? 0, 0, LUN_MAX).map((text) => invalid(field.child("lun"), lun ?? 0, text)),
    ...(chap && !source.secretRef ? [required(field.child("secretRef"))] : []),
    ...(initiatorName === undefined ? [] : iscsiNameErrors(initiatorName, field.child("initiatorname"))),
  ];
}

const ISCSI_FORMATS: Readonly<Record<string, RegExp>> = {
  iqn: /iqn\.\d{4}-\d{2}\.([A-Za-z0-9.-]+)(:[^,;*&$|\s]+)$/,
  eui: /^eui.[A-Za-z0-9]{16}$/,
  naa: /^naa.[A-Za-z0-9]{32}$/,
};

/** A name of an iSCSI target or initiator, in one of the formats that there are. */
export const isIscsiName = (name: string): boolean => ISCSI_FORMATS[name.slice(0, 3)]?.test(name) ?? false;

function iscsiNameErrors(name: string, field: FieldPath): FieldError[] {
  const format = ISCSI_FORMATS[name.slice(0, 3)];
  if (!format) return [invalid(field, name, "must be valid format starting with iqn, eui, or naa")];
  return format.test(name) ? [] : [invalid(field, name, "must be valid format")];
}

export function fcErrors({ targetWWNs = [], wwids = [], lun }: Source<"fc">, field: FieldPath): FieldError[] {
  const targets = field.child("targetWWNs");
  if (targetWWNs.length === 0) {
    return wwids.length > 0 ? [] : [required(targets, "must specify either targetWWNs or wwids, but not both")];
  }
  const errors =
    wwids.length > 0 ? [invalid(targets, targetWWNs, "targetWWNs and wwids can not be specified simultaneously")] : [];
  if (lun === undefined) {
    return [...errors, required(field.child("lun"), "lun is required if targetWWNs is specified")];
  }
  return [...errors, ...isInRange(lun, 0, LUN_MAX).map((text) => invalid(field.child("lun"), lun, text))];
}

export function quobyteErrors(source: Source<"quobyte">, field: FieldPath): FieldError[] {
  const { registry, tenant = "" } = source;
  const at = field.child("registry");
  const errors: FieldError[] = [];
  if (!registry) errors.push(required(at, REGISTRY_TEXT));
  else if (byteLength(tenant) > MAX_TENANT) {
    errors.push(required(field.child("tenant"), "must be a UUID and may not exceed a length of 64 characters"));
  } else {
    const wrong = registry.split(",").filter((pair) => !HOST_PORT.test(pair));
    errors.push(...wrong.map(() => invalid(at, registry, REGISTRY_TEXT)));
  }
  return [...errors, ...requireFields(source, ["volume"], field)];
}

const HOST_PORT = /^(\[[^[\]]*\]|[^:[\]]*):[^:[\]]*$/;

export function flockerErrors({ datasetName = "", datasetUUID = "" }: Source<"flocker">, field: FieldPath) {
  const errors: FieldError[] = [];
  if (!datasetName && !datasetUUID) {
    errors.push(required(field, "one of datasetName and datasetUUID is required"));
  }
  if (datasetName && datasetUUID) {
    errors.push(invalid(field, "resource", "datasetName and datasetUUID can not be specified simultaneously"));
  }
  if (datasetName.includes("/")) {
    errors.push(invalid(field.child("datasetName"), datasetName, "must not contain '/'"));
  }
  return errors;
}

export const cinderErrors = (source: Source<"cinder">, field: FieldPath): FieldError[] => [
  ...requireFields(source, ["volumeID"], field),
  ...requireSecretName(source.secretRef, field),
];

export function flexVolumeErrors(
  source: Pick<Source<"flexVolume">, "driver" | "options">,
  field: FieldPath,
): FieldError[] {
  const reserved = Object.keys(source.options ?? {}).filter((key) =>
    /\.(kubernetes|k8s)\.io$/.test(`.${key.split("/", 1)[0]!.toLowerCase()}`),
  );
  return [
    ...requireFields(source, ["driver"], field),
    ...reserved.map((key) =>
      invalid(field.child("options").key(key), key, "kubernetes.io and k8s.io namespaces are reserved"),
    ),
  ];
}

export function azureDiskErrors(source: Source<"azureDisk">, field: FieldPath): FieldError[] {
  const { cachingMode, kind, diskURI = "" } = source;
  const errors = [
    ...requireFields(source, ["diskName", "diskURI"], field),
    ...validateOptionalEnum(cachingMode, CACHING_MODES, field.child("cachingMode")),
    ...validateOptionalEnum(kind, DISK_KINDS, field.child("kind")),
  ];
  if (kind === undefined) return errors;
  const [prefix, shape] = kind === "Managed" ? ["/subscriptions/", MANAGED_URI] : ["https://", BLOB_URI];
  return diskURI.startsWith(prefix) ? errors : [...errors, notSupported(field.child("diskURI"), diskURI, [shape])];
}

export function storageOsErrors(source: Source<"storageos">, field: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace } = source;
  return [
    ...(volumeName ? validateLabel(volumeName, field.child("volumeName")) : [required(field.child("volumeName"))]),
    ...(volumeNamespace ? validateLabel(volumeNamespace, field.child("volumeNamespace")) : []),
    ...requireSecretName(source.secretRef, field),
  ];
}

export function csiErrors({ driver, nodePublishSecretRef: secret }: Source<"csi">, field: FieldPath): FieldError[] {
  const errors = validateCsiDriverName(driver, field.child("driver"));
  if (!secret) return errors;
  if (!secret.name) return [...errors, required(field.child("nodePublishSecretRef", "name"))];
  return [...errors, ...validateSubdomain(secret.name, field.child("name"))];
}

/** Upstream: …#ValidateCSIDriverName */
export function validateCsiDriverName(driver: string, field: FieldPath): FieldError[] {
  if (!driver) return [required(field)];
  return [
    ...(byteLength(driver) > MAX_DRIVER_NAME ? [tooLong(field, driver, MAX_DRIVER_NAME)] : []),
    ...isDns1123Subdomain(driver.toLowerCase()).map((text) => invalid(field, driver, text)),
  ];
}
