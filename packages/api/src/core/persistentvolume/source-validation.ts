import {
  byteLength,
  invalid,
  isDns1123Label,
  isInRange,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateLabel, validateSubdomain } from "../pod/validation/names.ts";
import { validateNoBacksteps } from "../pod/validation/paths.ts";
import {
  azureDiskErrors,
  fcErrors,
  flexVolumeErrors,
  flockerErrors,
  isIscsiName,
  partitionErrors,
  quobyteErrors,
  requireFields,
  validateCsiDriverName,
} from "../pod/validation/remote-volumes.ts";
import { hostPathErrors, nfsErrors } from "../pod/validation/volumes.ts";
import type { V1SecretReference } from "../reference/index.ts";
import type { V1PersistentVolumeSource } from "./persistentvolume.gen.ts";

const LUN_MAX = 255;
const MAX_INITIATOR = 64;

/** The source of a volume's type, known to be there. */
type Source<T extends keyof V1PersistentVolumeSource> = NonNullable<V1PersistentVolumeSource[T]>;

export interface VolumeName {
  /** Empty where the volume is part of another object. */
  readonly volumeName: string;
}

type SourceType = keyof V1PersistentVolumeSource;

interface SourceRule {
  readonly type: SourceType;
  /** None where the volume is not of this type. */
  check(volume: V1PersistentVolumeSource, field: FieldPath, name: VolumeName): FieldError[];
}

function rule<T extends SourceType>(
  type: T,
  errorsOf: (source: Source<T>, field: FieldPath, name: VolumeName) => FieldError[],
): SourceRule {
  return {
    type,
    check(volume, field, name) {
      const source = volume[type];
      return source ? errorsOf(source, field, name) : [];
    },
  };
}

/** Every type, in upstream's order. Upstream: pkg/apis/core/validation/validation.go#ValidatePersistentVolumeSpec */
export const SOURCE_RULES: readonly SourceRule[] = [
  rule("hostPath", hostPathErrors),
  rule("gcePersistentDisk", (source, field) => [
    ...requireFields(source, ["pdName"], field),
    ...partitionErrors(source, field),
  ]),
  rule("awsElasticBlockStore", (source, field) => [
    ...requireFields(source, ["volumeID"], field),
    ...partitionErrors(source, field),
  ]),
  rule("glusterfs", glusterfsErrors),
  rule("flocker", flockerErrors),
  rule("nfs", nfsErrors),
  rule("rbd", (source, field) => requireFields(source, ["monitors", "image"], field)),
  rule("quobyte", quobyteErrors),
  rule("cephfs", (source, field) => requireFields(source, ["monitors"], field)),
  rule("iscsi", iscsiErrors),
  rule("cinder", (source, field) => [
    ...requireFields(source, ["volumeID"], field),
    ...secretFieldErrors(source.secretRef, field.child("secretRef")),
  ]),
  rule("fc", fcErrors),
  rule("flexVolume", flexVolumeErrors),
  rule("azureFile", (source, field) => [
    ...requireFields(source, ["secretName", "shareName"], field),
    ...(source.secretNamespace === "" ? [required(field.child("secretNamespace"))] : []),
  ]),
  rule("vsphereVolume", (source, field) => requireFields(source, ["volumePath"], field)),
  rule("photonPersistentDisk", (source, field) => requireFields(source, ["pdID"], field)),
  rule("portworxVolume", (source, field) => requireFields(source, ["volumeID"], field)),
  rule("azureDisk", azureDiskErrors),
  rule("scaleIO", (source, field) => requireFields(source, ["gateway", "system", "volumeName"], field)),
  rule("local", ({ path = "" }, field) =>
    path === "" ? [required(field.child("path"))] : validateNoBacksteps(path, field.child("path")),
  ),
  rule("storageos", storageOsErrors),
  rule("csi", csiErrors),
];

function glusterfsErrors(source: Source<"glusterfs">, field: FieldPath): FieldError[] {
  const { endpointsNamespace: namespace } = source;
  const at = field.child("endpointsNamespace");
  const errors = requireFields(source, ["endpoints", "path"], field);
  if (namespace === undefined) return errors;
  const text = "if the endpointnamespace is set, it must be a valid namespace name";
  return [...errors, ...(namespace === "" ? [invalid(at, namespace, text)] : validateLabel(namespace, at))];
}

function iscsiErrors(source: Source<"iscsi">, field: FieldPath, { volumeName }: VolumeName): FieldError[] {
  const { iqn, lun = 0 } = source;
  return [
    ...requireFields(source, ["targetPortal"], field),
    ...initiatorLengthErrors(source, volumeName, field),
    ...(iqn ? iscsiNameErrors(iqn, field.child("iqn")) : [required(field.child("iqn"))]),
    ...isInRange(lun, 0, LUN_MAX).map((text) => invalid(field.child("lun"), lun, text)),
    ...iscsiSecretErrors(source, field.child("secretRef")),
    ...(source.initiatorName === undefined ? [] : iscsiNameErrors(source.initiatorName, field.child("initiatorname"))),
  ];
}

function initiatorLengthErrors(
  { targetPortal = "", initiatorName }: Source<"iscsi">,
  volumeName: string,
  field: FieldPath,
): FieldError[] {
  if (initiatorName === undefined || byteLength(`${volumeName}:${targetPortal}`) <= MAX_INITIATOR) return [];
  const text = `Total length of <volume name>:<iscsi.targetPortal> must be under ${MAX_INITIATOR} characters if iscsi.initiatorName is specified.`;
  return [invalid(field.child("targetportal"), targetPortal, text)];
}

function iscsiSecretErrors(source: Source<"iscsi">, field: FieldPath): FieldError[] {
  const { chapAuthDiscovery, chapAuthSession, secretRef } = source;
  if (secretRef) return secretRef.name ? [] : [required(field.child("name"))];
  return chapAuthDiscovery || chapAuthSession ? [required(field)] : [];
}

const iscsiNameErrors = (name: string, field: FieldPath): FieldError[] =>
  isIscsiName(name) ? [] : [invalid(field, name, "must be valid format")];

/** A secret of a volume, which has no namespace of its own. */
interface SecretFields {
  readonly name?: string | undefined;
  readonly namespace?: string | undefined;
}

const secretFieldErrors = (secret: SecretFields | undefined, field: FieldPath): FieldError[] =>
  secret ? requireFields(secret, ["name", "namespace"], field) : [];

function storageOsErrors(source: Source<"storageos">, field: FieldPath): FieldError[] {
  const { volumeName, volumeNamespace, secretRef } = source;
  return [
    ...(volumeName ? validateLabel(volumeName, field.child("volumeName")) : [required(field.child("volumeName"))]),
    ...(volumeNamespace ? validateLabel(volumeNamespace, field.child("volumeNamespace")) : []),
    ...secretFieldErrors(secretRef, field.child("secretRef")),
  ];
}

/** The secret for staging is not looked at, as upstream. */
const CSI_SECRETS = [
  "controllerPublishSecretRef",
  "controllerExpandSecretRef",
  "nodePublishSecretRef",
  "nodeExpandSecretRef",
] as const;

function csiErrors(source: Source<"csi">, field: FieldPath): FieldError[] {
  return [
    ...validateCsiDriverName(source.driver, field.child("driver")),
    ...requireFields(source, ["volumeHandle"], field),
    ...CSI_SECRETS.flatMap((name) => secretErrors(source[name], field.child(name))),
  ];
}

/** Upstream: …#validatePVSecretReference */
function secretErrors(secret: V1SecretReference | undefined, field: FieldPath): FieldError[] {
  if (!secret) return [];
  const { name, namespace } = secret;
  return [
    ...(name ? validateSubdomain(name, field.child("name")) : [required(field.child("name"))]),
    ...(namespace
      ? isDns1123Label(namespace).map((text) => invalid(field.child("namespace"), namespace, text))
      : [required(field.child("namespace"))]),
  ];
}
