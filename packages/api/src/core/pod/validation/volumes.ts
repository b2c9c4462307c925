import {
  byteLength,
  duplicate,
  forbidden,
  invalid,
  isDns1123Subdomain,
  notSupported,
  quantitySign,
  required,
  type FieldError,
  type FieldPath,
} from "@dingi/apimachinery";
import { validateClaimTemplate } from "../../persistentvolumeclaim/spec-validation.ts";
import type { V1KeyToPath } from "../../reference/reference.gen.ts";
import type { V1Volume, V1DownwardAPIVolumeFile } from "../pod.gen.ts";
import { validateFieldRef, validateResourceFieldRef } from "./downward-api.ts";
import { validateEnum, validateLabel } from "./names.ts";
import { validateFileMode, validateFileUser, validateNoBacksteps, validateNonReservedPath } from "./paths.ts";
import { validateProjectedSources } from "./projected.ts";
import {
  azureDiskErrors,
  cinderErrors,
  csiErrors,
  fcErrors,
  flexVolumeErrors,
  flockerErrors,
  gitRepoErrors,
  iscsiErrors,
  partitionErrors,
  quobyteErrors,
  requireFields,
  storageOsErrors,
} from "./remote-volumes.ts";

const HOST_PATH_TYPES = [
  "",
  "BlockDevice",
  "CharDevice",
  "Directory",
  "DirectoryOrCreate",
  "File",
  "FileOrCreate",
  "Socket",
];
const MAX_INITIATOR = 64;
const PULL_POLICIES = ["Always", "IfNotPresent", "Never"];
const FILE_FIELDS = ["metadata.annotations", "metadata.labels", "metadata.name", "metadata.namespace", "metadata.uid"];
/** As upstream names a type that comes on top of another. */
const MISSPELT: Readonly<Record<string, string>> = { cephfs: "cephFS", downwardAPI: "downwarAPI" };
const GCE_DISK = "persistentDisk";

type Rule = (volume: V1Volume, field: FieldPath) => FieldError[];

/** Every type, in upstream's order. */
const TYPES = {
  hostPath: ({ hostPath }, field) => hostPathErrors(hostPath!, field),
  gitRepo: ({ gitRepo }, field) => gitRepoErrors(gitRepo!, field),
  gcePersistentDisk: ({ gcePersistentDisk: disk }, field) => [
    ...requireFields(disk!, ["pdName"], field),
    ...partitionErrors(disk!, field),
  ],
  awsElasticBlockStore: ({ awsElasticBlockStore: disk }, field) => [
    ...requireFields(disk!, ["volumeID"], field),
    ...partitionErrors(disk!, field),
  ],
  secret: ({ secret }, field) => [
    ...(secret!.secretName ? [] : [required(field.child("secretName"))]),
    ...fileErrors(secret!, field),
  ],
  nfs: ({ nfs }, field) => nfsErrors(nfs!, field),
  iscsi: ({ iscsi }, field) => iscsiErrors(iscsi!, field),
  glusterfs: ({ glusterfs }, field) => requireFields(glusterfs!, ["endpoints", "path"], field),
  flocker: ({ flocker }, field) => flockerErrors(flocker!, field),
  persistentVolumeClaim: ({ persistentVolumeClaim }, field) =>
    persistentVolumeClaim!.claimName ? [] : [required(field.child("claimName"))],
  rbd: ({ rbd }, field) => requireFields(rbd!, ["monitors", "image"], field),
  cinder: ({ cinder }, field) => cinderErrors(cinder!, field),
  cephfs: ({ cephfs }, field) => requireFields(cephfs!, ["monitors"], field),
  quobyte: ({ quobyte }, field) => quobyteErrors(quobyte!, field),
  downwardAPI: ({ downwardAPI }, field) => [
    ...validateFileMode(downwardAPI!.defaultMode, field.child("defaultMode")),
    ...validateFileUser(downwardAPI!.defaultUser, field.child("defaultUser")),
    ...(downwardAPI!.items ?? []).flatMap((file) => validateDownwardFile(file, field)),
  ],
  fc: ({ fc }, field) => fcErrors(fc!, field),
  flexVolume: ({ flexVolume }, field) => flexVolumeErrors(flexVolume!, field),
  configMap: ({ configMap }, field) => [
    ...(configMap!.name ? [] : [required(field.child("name"))]),
    ...fileErrors(configMap!, field),
  ],
  azureFile: ({ azureFile }, field) => requireFields(azureFile!, ["secretName", "shareName"], field),
  vsphereVolume: ({ vsphereVolume }, field) => requireFields(vsphereVolume!, ["volumePath"], field),
  photonPersistentDisk: ({ photonPersistentDisk: disk }, field) => requireFields(disk!, ["pdID"], field),
  portworxVolume: ({ portworxVolume }, field) => requireFields(portworxVolume!, ["volumeID"], field),
  azureDisk: ({ azureDisk }, field) => azureDiskErrors(azureDisk!, field),
  storageos: ({ storageos }, field) => storageOsErrors(storageos!, field),
  projected: ({ projected }, field) => [
    ...validateFileMode(projected!.defaultMode, field.child("defaultMode")),
    ...validateFileUser(projected!.defaultUser, field.child("defaultUser")),
    ...validateProjectedSources(
      projected!,
      { keyToPath: validateKeyToPath, downwardFile: validateDownwardFile },
      field,
    ),
  ],
  scaleIO: ({ scaleIO }, field) => requireFields(scaleIO!, ["gateway", "system", "volumeName"], field),
  csi: ({ csi }, field) => csiErrors(csi!, field),
  ephemeral: ({ ephemeral }, field) => {
    const template = ephemeral!.volumeClaimTemplate;
    const at = field.child("volumeClaimTemplate");
    return template ? validateClaimTemplate(template, at) : [required(at)];
  },
  image: ({ image }, field) => [
    ...(image!.reference ? [] : [required(field.child("reference"))]),
    ...validateEnum(image!.pullPolicy, PULL_POLICIES, field.child("pullPolicy")),
  ],
} satisfies Partial<Record<keyof V1Volume, Rule>>;
const ORDER = Object.keys(TYPES);

interface ValidatedVolumes {
  /** Only these can be mounted. */
  readonly valid: ReadonlyMap<string, V1Volume>;
  readonly errors: readonly FieldError[];
}

/** Upstream: pkg/apis/core/validation/validation.go#ValidateVolumes */
export function validateVolumes(volumes: readonly V1Volume[], podName: string, field: FieldPath): ValidatedVolumes {
  const valid = new Map<string, V1Volume>();
  const errors: FieldError[] = [];
  const claims = new Set(
    volumes.filter(({ ephemeral }) => podName && ephemeral).map(({ name }) => `${podName}-${name}`),
  );
  for (const [i, volume] of volumes.entries()) {
    const at = field.index(i);
    const own = [...sourceErrors(volume, podName, at), ...nameErrors(volume.name, valid, at.child("name"))];
    if (own.length === 0) valid.set(volume.name, volume);
    errors.push(...own);
    const claim = volume.persistentVolumeClaim?.claimName;
    if (claim === undefined || !claims.has(claim)) continue;
    const text = "must not reference a PVC that gets created for an ephemeral volume";
    errors.push(invalid(at.child("persistentVolumeClaim", "claimName"), claim, text));
  }
  return { valid, errors };
}

function nameErrors(name: string, taken: ReadonlyMap<string, V1Volume>, field: FieldPath): FieldError[] {
  const errors = name ? validateLabel(name, field) : [required(field)];
  return taken.has(name) ? [...errors, duplicate(field, name)] : errors;
}

function sourceErrors(volume: V1Volume, podName: string, field: FieldPath): FieldError[] {
  const errors = volume.emptyDir ? emptyDirErrors(volume, field.child("emptyDir")) : [];
  let count = volume.emptyDir ? 1 : 0;
  for (const [name, rule] of typesOf(volume)) {
    if (count++ > 0) {
      errors.push(forbidden(field.child(MISSPELT[name] ?? name), "may not specify more than 1 volume type"));
    } else {
      errors.push(...rule(volume, field.child(name === "gcePersistentDisk" ? GCE_DISK : name)));
      if (name === "ephemeral") errors.push(...claimNameErrors(podName, volume.name, field.child("name")));
    }
    if (name === "iscsi") errors.push(...initiatorErrors(volume, field.child("name")));
  }
  return count === 0 ? [...errors, required(field, "must specify a volume type")] : errors;
}

/** The sources that the volume names, in the order of the rules. */
function typesOf(volume: V1Volume): readonly (readonly [string, Rule])[] {
  const named = Object.keys(volume).filter((name) => Object.hasOwn(TYPES, name) && volume[name as keyof V1Volume]);
  if (named.length > 1) named.sort((a, b) => ORDER.indexOf(a) - ORDER.indexOf(b));
  return named.map((name) => [name, TYPES[name as keyof typeof TYPES]]);
}

function initiatorErrors({ name, iscsi }: V1Volume, field: FieldPath): FieldError[] {
  if (iscsi?.initiatorName === undefined || byteLength(`${name}:${iscsi.targetPortal}`) <= MAX_INITIATOR) return [];
  const text = `Total length of <volume name>:<iscsi.targetPortal> must be under ${MAX_INITIATOR} characters if iscsi.initiatorName is specified.`;
  return [invalid(field, name, text)];
}

function claimNameErrors(podName: string, name: string, field: FieldPath): FieldError[] {
  if (!podName || !name) return [];
  const claim = `${podName}-${name}`;
  return isDns1123Subdomain(claim).map((text) => invalid(field, name, `PVC name ${JSON.stringify(claim)}: ${text}`));
}

function emptyDirErrors({ emptyDir }: V1Volume, field: FieldPath): FieldError[] {
  const { sizeLimit, mode } = emptyDir!;
  const errors: FieldError[] = [];
  if (sizeLimit !== undefined && quantitySign(sizeLimit) < 0) {
    errors.push(forbidden(field.child("sizeLimit"), "SizeLimit field must be a valid resource quantity"));
  }
  if (mode !== undefined && (mode < 0 || mode > 0o1777)) {
    errors.push(invalid(field.child("mode"), mode, "must be a number between 0 and 01777 (octal), both inclusive"));
  }
  return errors;
}

export function hostPathErrors({ path, type }: NonNullable<V1Volume["hostPath"]>, field: FieldPath): FieldError[] {
  if (!path) return [required(field.child("path"))];
  const errors = validateNoBacksteps(path, field.child("path"));
  if (type === undefined || HOST_PATH_TYPES.includes(type)) return errors;
  return [...errors, notSupported(field.child("type"), type, HOST_PATH_TYPES)];
}

export function nfsErrors({ server, path }: NonNullable<V1Volume["nfs"]>, field: FieldPath): FieldError[] {
  return [
    ...(server ? [] : [required(field.child("server"))]),
    ...(path ? [] : [required(field.child("path"))]),
    ...(path?.startsWith("/") ? [] : [invalid(field.child("path"), path, "must be an absolute path")]),
  ];
}

interface Files {
  readonly defaultMode?: number | undefined;
  readonly defaultUser?: number | undefined;
  readonly items?: readonly V1KeyToPath[] | undefined;
}

function fileErrors({ defaultMode, defaultUser, items = [] }: Files, field: FieldPath): FieldError[] {
  return [
    ...validateFileMode(defaultMode, field.child("defaultMode")),
    ...validateFileUser(defaultUser, field.child("defaultUser")),
    ...items.flatMap((item, i) => validateKeyToPath(item, field.child("items").index(i))),
  ];
}

/** Upstream: …#validateKeyToPath */
function validateKeyToPath({ key, path, mode, user }: V1KeyToPath, field: FieldPath): FieldError[] {
  return [
    ...(key ? [] : [required(field.child("key"))]),
    ...(path ? [] : [required(field.child("path"))]),
    ...validateNonReservedPath(path ?? "", field.child("path")),
    ...validateFileMode(mode, field.child("mode")),
    ...validateFileUser(user, field.child("user")),
  ];
}

/** Upstream: …#validateDownwardAPIVolumeFile */
function validateDownwardFile(
  { path, fieldRef, resourceFieldRef, mode, user }: V1DownwardAPIVolumeFile,
  field: FieldPath,
): FieldError[] {
  const errors = path ? [] : [required(field.child("path"))];
  errors.push(...validateNonReservedPath(path ?? "", field.child("path")));
  if (fieldRef) {
    errors.push(...validateFieldRef(fieldRef, FILE_FIELDS, field.child("fieldRef")));
    if (resourceFieldRef)
      errors.push(invalid(field, "resource", "fieldRef and resourceFieldRef can not be specified simultaneously"));
  } else if (resourceFieldRef)
    errors.push(...validateResourceFieldRef(resourceFieldRef, field.child("resourceFieldRef"), true));
  else errors.push(required(field, "one of fieldRef and resourceFieldRef is required"));
  return [...errors, ...validateFileMode(mode, field.child("mode")), ...validateFileUser(user, field.child("user"))];
}
